import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshError } from '@infermesh/errors';
import { decodeImage, encodePng } from '@infermesh/media';
import { confinedPath, type Runtime, type RuntimeItem } from '@infermesh/model-runtime';
import { runtimeItem, runtimeResult, type RuntimeItemInput, type RuntimeResult } from '../runtime-item.js';
import { decodeBase64Image } from './base64-image.js';
import { enlarge } from './enlarge.js';
import { extrasOptions, type ExtrasOptions } from './extras-options.js';
import {
  parseExtrasBatchPayload,
  parseExtrasPayload,
  type ExtrasPayload,
  type ExtrasSettings,
} from './extras-payload.js';
import { htmlInfo } from './html-info.js';
import { parsePythonJson } from './python-json.js';
import type { Size } from './target-size.js';
import { Upscalers } from './upscalers.js';

type Job = RuntimeItem<RuntimeItemInput, RuntimeResult>;
type Output = RuntimeResult['outputs'][number];

interface Means {
  readonly options: ExtrasOptions;
  readonly upscalers: Upscalers;
  readonly scratchFolder: string;
}

/**
 * ESD's extra-single-image and extra-batch-images: reads api_param.json, enlarges what it holds, writes image.png (or
 * image_0.png, image_1.png ...) and `<job id>_param.json`.
 */
export const extrasRuntime: Runtime<ExtrasOptions, RuntimeItemInput, RuntimeResult> = {
  kind: 'extras',
  schema: { options: extrasOptions, item: runtimeItem, result: runtimeResult },
  load({ options, checkpoints, sessions, scratchFolder }) {
    const upscalers = new Upscalers(checkpoints, sessions);
    return Promise.resolve({
      maxBatch: 1,
      run: async (batch) => {
        for (const job of batch) job.succeed(await runExtras(job, { options, upscalers, scratchFolder }));
      },
      dispose: () => upscalers.dispose(),
    });
  },
};

async function runExtras(job: Job, means: Means): Promise<RuntimeResult> {
  const { item } = job;
  job.progress(0, 'decoding');
  const isBatch = item.jobType === 'extra-batch-images';
  const payload = await readPayload(item, isBatch, means);
  const { settings } = payload;
  means.upscalers.check(settings.upscaler_1, 'upscaler_1', item.missingCheckpoints);
  means.upscalers.check(settings.upscaler_2, 'upscaler_2', item.missingCheckpoints);

  const folder = await confinedPath(means.scratchFolder, item.outputFolder);
  const outputs: Output[] = [];
  let size: Size = { width: 0, height: 0 };
  for (const index of payload.images.keys()) {
    const name = isBatch ? `image_${index}.png` : 'image.png';
    const output = { name, path: join(folder, name), mediaType: 'image/png' };
    size = await makeImage(job, payload, index, output.path, means);
    outputs.push(output);
  }
  outputs.push(await writeFacts(item, settings, folder));
  return { outputs, result: { width: size.width, height: size.height, upscaler: settings.upscaler_1 } };
}

/** @throws MeshError PAYLOAD_MISSING, PAYLOAD_TOO_LARGE, PAYLOAD_INVALID */
async function readPayload(
  item: RuntimeItemInput,
  isBatch: boolean,
  { options, scratchFolder }: Means,
): Promise<ExtrasPayload> {
  if (item.payloadPath === null) throw new MeshError('PAYLOAD_MISSING', `${item.jobType} needs a payload`);
  const path = await confinedPath(scratchFolder, item.payloadPath);
  const { size } = await stat(path);
  if (size > options.maxPayloadBytes) {
    throw new MeshError(
      'PAYLOAD_TOO_LARGE',
      `the payload has ${size} bytes; at most ${options.maxPayloadBytes} are allowed`,
    );
  }
  const value = parsePythonJson(decodeText(await readFile(path)));
  return isBatch ? parseExtrasBatchPayload(value) : parseExtrasPayload(value);
}

function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new MeshError('PAYLOAD_INVALID', 'the payload is not JSON: it is no UTF-8 text', { cause: error });
  }
}

/** Decodes, enlarges and writes the picture of that index; returns its size. */
async function makeImage(
  job: Job,
  { settings, images }: ExtrasPayload,
  index: number,
  path: string,
  { options, upscalers }: Means,
): Promise<Size> {
  const { field = '', text = '' } = images[index] ?? {};
  const report = (fraction: number, stage: string): void => {
    job.progress((index + fraction) / images.length, stage);
  };
  const image = await decodeImage(decodeBase64Image(text, field), { maxPixels: options.maxInputPixels });
  job.signal.throwIfAborted();
  report(0.1, 'enlarging');
  const enlarged = await enlarge(image, settings, {
    maxOutputPixels: options.maxOutputPixels,
    findUpscaler: (name) => upscalers.get(name),
    signal: job.signal,
    onProgress: (fraction) => {
      report(0.1 + fraction * 0.7, 'enlarging');
    },
  });
  report(0.8, 'encoding');
  await writeFile(path, await encodePng(enlarged), { mode: 0o600 });
  job.signal.throwIfAborted();
  return { width: enlarged.width, height: enlarged.height };
}

async function writeFacts(item: RuntimeItemInput, settings: ExtrasSettings, folder: string): Promise<Output> {
  const name = `${item.jobId}_param.json`;
  const facts = { html_info: htmlInfo(settings), inference_id: item.jobId, ...endpointNames(item.inputs) };
  await writeFile(join(folder, name), JSON.stringify(facts), { mode: 0o600 });
  return { name, path: join(folder, name), mediaType: 'application/json' };
}

/** 1.4 misspells the key, 1.5 does not: clients of both find theirs (dossier 9.5). */
function endpointNames(inputs: Readonly<Record<string, unknown>>): object {
  const name = inputs['endpointName'];
  return typeof name === 'string' ? { endpont_name: name, endpoint_name: name } : {};
}
