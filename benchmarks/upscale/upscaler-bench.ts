import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRuntimeTable } from '@infermesh/inference-worker';
import { decodeImage, encodePng, resizeImage } from '@infermesh/media';
import { startModelProcess, type CheckpointFile, type ModelProcess } from '@infermesh/model-runtime';
import { createLogger } from '@infermesh/telemetry';
import { z } from 'zod';

const models = new URL('../../models/', import.meta.url);
const jobType = 'extra-single-image';
const patienceMs = 600_000;

export interface Sample {
  readonly decodeMsPerMegapixel: number;
  readonly enlargeMsPerMegapixel: number;
  readonly encodeMsPerMegapixel: number;
  /** Resident memory of the model process at its highest, node and onnxruntime included; NaN where there is no /proc. */
  readonly peakMebibytes: number;
}

export interface UpscalerBenchOptions {
  /** Of the picture sent. */
  readonly megapixels: number;
  /** Threads of one model process. */
  readonly threads: number;
}

interface Means {
  readonly width: number;
  readonly height: number;
  readonly image: string;
  readonly scratchFolder: string;
  readonly entry: string;
  readonly network: CheckpointFile;
  readonly threads: number;
}

/** A photograph and what it takes to enlarge it as a job would, without the mesh around it. */
export class UpscalerBench implements AsyncDisposable {
  readonly #means: Means;

  private constructor(means: Means) {
    this.#means = means;
  }

  static async open({ megapixels, threads }: UpscalerBenchOptions): Promise<UpscalerBench> {
    const height = Math.round(Math.sqrt((megapixels * 1e6 * 3) / 4));
    const width = Math.round((height * 4) / 3);
    const image = await photographOf(width, height);
    const entry = (await loadRuntimeTable([])).get(jobType)?.entry ?? '';
    const network = await bundledNetwork();
    const scratchFolder = await mkdtemp(join(tmpdir(), 'bench-upscale-'));
    return new UpscalerBench({ width, height, image, scratchFolder, entry, network, threads });
  }

  get width(): number {
    return this.#means.width;
  }

  get height(): number {
    return this.#means.height;
  }

  /** One picture in a fresh model process, whose model is opened by a small picture first. */
  async sample(upscaler: string): Promise<Sample> {
    const { width, height, image, scratchFolder } = this.#means;
    await using model = await startModel(this.#means);
    await run(model, scratchFolder, { upscaler_1: upscaler, image: await photographOf(64, 48) });
    const stages = await run(model, scratchFolder, { upscaler_1: upscaler, image });
    const megapixels = (width * height) / 1e6;
    return {
      decodeMsPerMegapixel: stages.decodeMs / megapixels,
      enlargeMsPerMegapixel: stages.enlargeMs / megapixels,
      encodeMsPerMegapixel: stages.encodeMs / megapixels,
      peakMebibytes: await peakMebibytes(model.info.pid),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#means.scratchFolder, { recursive: true, force: true });
  }
}

function startModel({ entry, network, threads, scratchFolder }: Means): Promise<ModelProcess> {
  return startModelProcess({
    entry,
    options: {},
    checkpoints: { 'infermesh-photo-x2': network },
    executionProviders: ['cpu'],
    threads,
    scratchFolder,
    memoryLimitBytes: 2 ** 33,
    loadTimeoutMs: 60_000,
    cancelGraceMs: 10_000,
    logger: createLogger({ service: 'bench', level: 'warn' }),
  });
}

/** The bundled photograph, stretched, as the Base64 of a PNG. */
async function photographOf(width: number, height: number): Promise<string> {
  const photograph = await decodeImage(fileURLToPath(new URL('photographs/coffee.jpg', models)));
  const stretched = await resizeImage(photograph, { width, height, kernel: 'lanczos3' });
  return (await encodePng(stretched)).toString('base64');
}

async function bundledNetwork(): Promise<CheckpointFile> {
  const path = fileURLToPath(new URL('upscale-photo-x2/upscale-photo-x2.onnx', models));
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { path, sha256 };
}

interface StagesMs {
  readonly decodeMs: number;
  readonly enlargeMs: number;
  readonly encodeMs: number;
}

/** @returns how long each stage took, by when the runtime said that it began */
async function run(model: ModelProcess, scratchFolder: string, payload: object): Promise<StagesMs> {
  const outputFolder = randomUUID();
  const payloadPath = join(outputFolder, 'payload');
  await mkdir(join(scratchFolder, outputFolder));
  await writeFile(join(scratchFolder, payloadPath), JSON.stringify(payload));
  const beganMs = new Map<string, number>();
  const startedMs = performance.now();
  await model.run(
    { jobId: randomUUID(), jobType, inputs: {}, payloadPath, outputFolder, missingCheckpoints: {} },
    {
      resultSchema: z.unknown(),
      signal: new AbortController().signal,
      deadlineAt: Date.now() + patienceMs,
      onProgress: (_fraction, stage) => {
        if (stage !== null && !beganMs.has(stage)) beganMs.set(stage, performance.now());
      },
    },
  );
  const endedMs = performance.now();
  await rm(join(scratchFolder, outputFolder), { recursive: true });
  const encodingMs = beganMs.get('encoding') ?? endedMs;
  const enlargingMs = beganMs.get('enlarging') ?? encodingMs;
  return { decodeMs: enlargingMs - startedMs, enlargeMs: encodingMs - enlargingMs, encodeMs: endedMs - encodingMs };
}

async function peakMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1] ?? NaN) / 1024;
}
