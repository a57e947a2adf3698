import type { OutputDefinition } from '../definition/output-definition.js';

export interface WorkerOutputDescription {
  readonly type: string;
  /** Of pictures a name that Pillow saves under, in upper case; of recordings as ffmpeg has it. */
  readonly format?: string;
  /** A mode of Pillow. */
  readonly color_space?: string;
}

/** Pillow's modes for the colour spaces of definitions; it has none of the others and gets RGB. */
const pillowModes: Readonly<Record<string, string>> = {
  rgb: 'RGB',
  rgba: 'RGBA',
  gray: 'L',
  monochrome: '1',
  palette: 'P',
  yuv: 'YCbCr',
};

/** The descriptions that a job answer carries: plain words, as the worker library hands them to Pillow unseen. */
export function describeForWorker(
  outputs: readonly OutputDefinition[],
): Readonly<Record<string, WorkerOutputDescription>> {
  return Object.fromEntries(outputs.map((output) => [output.name, describe(output)]));
}

function describe(output: OutputDefinition): WorkerOutputDescription {
  if (!('rules' in output)) return { type: output.kind };
  const { format, colorSpace } = output.rules.words;
  const word = format?.defaultValue ?? format?.supported?.[0];
  if (output.rules.kind !== 'image') return { type: output.kind, ...(word === undefined ? {} : { format: word }) };
  const mode = pillowModes[colorSpace?.defaultValue ?? colorSpace?.supported?.[0] ?? 'rgb'] ?? 'RGB';
  return { type: output.kind, format: (word ?? 'jpeg').toUpperCase(), color_space: mode };
}
