import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshError } from '@infermesh/errors';
import { decodeImage, encodePng } from '@infermesh/media';
import { confinedPath, type CheckpointFile, type Runtime, type SessionFactory } from '@infermesh/model-runtime';
import { z } from 'zod';
import { runtimeItem, runtimeResult, type RuntimeItemInput, type RuntimeResult } from '../runtime-item.js';
import { enlarge } from './enlarge.js';
import { decodeBase64Image, parseExtrasPayload } from './extras-payload.js';
import { OnnxUpscaler } from './onnx-upscaler.js';
import { parsePythonJson } from './python-json.js';

const imageName = 'image.png';

/** ESD's extra-single-image: reads api_param.json, enlarges its image, writes image.png and the parameters file. */
export const extrasRuntime: Runtime<unknown, RuntimeItemInput, RuntimeResult> = {
  kind: 'extras',
  schema: { options: z.unknown(), item: runtimeItem, result: runtimeResult },
  load({ checkpoints, sessions, scratchFolder }) {
    const upscalers = new Upscalers(checkpoints, sessions);
    return Promise.resolve({
      maxBatch: 1,
      run: async (batch) => {
        for (const job of batch) {
          try {
            job.succeed(
              await runExtras(job.item, {
                upscalers,
                scratchFolder,
                signal: job.signal,
                progress: (fraction, stage) => {
                  job.progress(fraction, stage);
                },
              }),
            );
          } catch (error) {
            job.fail(job.signal.aborted ? job.signal.reason : error);
          }
        }
      },
      dispose: () => upscalers.dispose(),
    });
  },
};

interface Tools {
  readonly upscalers: Upscalers;
  readonly scratchFolder: string;
  readonly signal: AbortSignal;
  readonly progress: (fraction: number, stage?: string) => void;
}

async function runExtras(
  item: RuntimeItemInput,
  { upscalers, scratchFolder, signal, progress }: Tools,
): Promise<RuntimeResult> {
  if (item.payloadPath === null) throw new MeshError('PAYLOAD_MISSING', 'extra-single-image needs a payload');
  progress(0, 'decoding');
  const payload = parseExtrasPayload(
    parsePythonJson(await readFile(await confinedPath(scratchFolder, item.payloadPath), 'utf8')),
  );
  const image = await decodeImage(decodeBase64Image(payload.image));
  signal.throwIfAborted();
  const enlarged = await enlarge(image, payload, {
    signal,
    findUpscaler: (name) => upscalers.get(name),
    onProgress: (fraction) => {
      progress(0.1 + fraction * 0.7, 'enlarging');
    },
  });
  progress(0.8, 'encoding');
  const folder = await confinedPath(scratchFolder, item.outputFolder);
  const facts = {
    html_info: htmlInfo(payload.upscaler_1, enlarged),
    inference_id: item.jobId,
    ...endpointNames(item.inputs),
  };
  const factsName = `${item.jobId}_param.json`;
  await writeFile(join(folder, imageName), await encodePng(enlarged), { mode: 0o600 });
  await writeFile(join(folder, factsName), JSON.stringify(facts), { mode: 0o600 });
  return {
    outputs: [
      { name: imageName, path: join(folder, imageName), mediaType: 'image/png' },
      { name: factsName, path: join(folder, factsName), mediaType: 'application/json' },
    ],
    result: { width: enlarged.width, height: enlarged.height, upscaler: payload.upscaler_1 },
  };
}

function htmlInfo(upscaler: string, { width, height }: { width: number; height: number }): string {
  const escaped = upscaler.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`);
  return `<div>Upscaler: ${escaped}, ${width}x${height}</div>`;
}

/** 1.4 misspells the key, 1.5 does not: clients of both find theirs (dossier 9.5). */
function endpointNames(inputs: Readonly<Record<string, unknown>>): object {
  const name = inputs['endpointName'];
  return typeof name === 'string' ? { endpont_name: name, endpoint_name: name } : {};
}

/** Opened networks by name, the two last used. */
class Upscalers {
  readonly #checkpoints: Readonly<Record<string, CheckpointFile>>;
  readonly #sessions: SessionFactory;
  readonly #opened = new Map<string, { upscaler: OnnxUpscaler; release: () => Promise<void> }>();

  constructor(checkpoints: Readonly<Record<string, CheckpointFile>>, sessions: SessionFactory) {
    this.#checkpoints = checkpoints;
    this.#sessions = sessions;
  }

  /** @throws MeshError PAYLOAD_INVALID naming the upscalers there are */
  async get(name: string): Promise<OnnxUpscaler> {
    const plain = name.replace(/\.onnx$/u, '');
    const opened = this.#opened.get(plain);
    if (opened !== undefined) {
      this.#opened.delete(plain);
      this.#opened.set(plain, opened);
      return opened.upscaler;
    }
    const checkpoint = Object.hasOwn(this.#checkpoints, plain) ? this.#checkpoints[plain] : undefined;
    if (checkpoint === undefined) {
      const known = ['None', 'Lanczos', 'Nearest', ...Object.keys(this.#checkpoints)].join(', ');
      throw new MeshError('PAYLOAD_INVALID', `there is no upscaler "${name.slice(0, 100)}"; choose one of ${known}`);
    }
    const session = await this.#sessions.open(checkpoint);
    const upscaler = new OnnxUpscaler(session);
    this.#opened.set(plain, { upscaler, release: () => session.release() });
    await this.#evict();
    return upscaler;
  }

  async #evict(): Promise<void> {
    const [oldest] = this.#opened.keys();
    if (this.#opened.size <= 2 || oldest === undefined) return;
    const evicted = this.#opened.get(oldest);
    this.#opened.delete(oldest);
    await evicted?.release();
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#opened.values()].map(({ release }) => release()));
    this.#opened.clear();
  }
}
