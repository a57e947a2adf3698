import {
  convertOutput,
  decodeLongDataUrl,
  filterOutputs,
  type JsonValue,
  type MediaConverter,
  type MediaOutput,
  type OutputDefinition,
} from '@infermesh/aime-endpoints';
import { MeshError } from '@infermesh/errors';
import type { Fields } from './own-runtime.js';

interface Means {
  readonly media: MediaConverter;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * What a runtime gave, as an endpoint declares it: media converted and as data URLs, what is not of its type left out.
 *
 * @param values by output; media are bytes or data URLs
 * @throws MeshError MEDIA_INVALID when a medium is none, or cannot become what is declared; what the converter throws
 */
export async function declaredOutputs(
  outputs: readonly OutputDefinition[],
  values: Readonly<Record<string, unknown>>,
  means: Means,
): Promise<Fields> {
  const converted: Record<string, unknown> = { ...values };
  for (const output of outputs) {
    const value = values[output.name];
    if (value === undefined || value === null || !('rules' in output)) continue;
    converted[output.name] =
      output.kind === 'image_list' && Array.isArray(value)
        ? await convertAll(output, value, means)
        : await convertOne(output, value, means);
  }
  return filterOutputs(outputs, converted).values;
}

async function convertAll(output: MediaOutput, values: readonly unknown[], means: Means): Promise<JsonValue> {
  const converted: string[] = [];
  for (const value of values) converted.push(await convertOne(output, value, means));
  return converted;
}

async function convertOne(output: MediaOutput, value: unknown, means: Means): Promise<string> {
  const bytes = await bytesOf(output, value, means);
  return (await convertOutput(output, bytes, means.media, means.signal)).toDataUrl();
}

async function bytesOf({ name }: MediaOutput, value: unknown, { maxBytes, signal }: Means): Promise<Uint8Array> {
  if (value instanceof Uint8Array) return value;
  const decoded = await decodeLongDataUrl(typeof value === 'string' ? value : '', maxBytes, signal);
  if (decoded.ok) return decoded.value.bytes;
  throw new MeshError('MEDIA_INVALID', `the output ${name}: ${decoded.errors.join('; ')}`);
}
