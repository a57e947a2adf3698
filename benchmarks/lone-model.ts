import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRuntimeTable } from '@infermesh/inference-worker';
import { ResourceStack } from '@infermesh/lifecycle';
import { startModelProcess, type CheckpointFile, type ModelProcess } from '@infermesh/model-runtime';
import { createLogger } from '@infermesh/telemetry';
import { z } from 'zod';

const network = new URL('../models/upscale-photo-x2/upscale-photo-x2.onnx', import.meta.url);
const jobType = 'extra-single-image';
const patienceMs = 600_000;

/** How long each stage took, by when the runtime said that it began. */
export interface StagesMs {
  readonly decodeMs: number;
  readonly enlargeMs: number;
  readonly encodeMs: number;
}

/** The model process of `extra-single-image` by itself, with the bundled network: no mesh around it. */
export class LoneModel implements AsyncDisposable {
  readonly #process: ModelProcess;
  readonly #scratchFolder: string;
  readonly #opened: ResourceStack;

  private constructor(process: ModelProcess, scratchFolder: string, opened: ResourceStack) {
    this.#process = process;
    this.#scratchFolder = scratchFolder;
    this.#opened = opened;
  }

  static async start({ threads }: { readonly threads: number }): Promise<LoneModel> {
    await using opened = new ResourceStack();
    const scratchFolder = await mkdtemp(join(tmpdir(), 'bench-model-'));
    opened.defer(() => rm(scratchFolder, { recursive: true, force: true }));
    const process = opened.use(
      await startModelProcess({
        entry: (await loadRuntimeTable([])).get(jobType)?.entry ?? '',
        options: {},
        checkpoints: { 'infermesh-photo-x2': await bundledNetwork() },
        executionProviders: ['cpu'],
        threads,
        scratchFolder,
        memoryLimitBytes: 2 ** 33,
        loadTimeoutMs: 60_000,
        cancelGraceMs: 10_000,
        logger: createLogger({ service: 'bench', level: 'warn' }),
      }),
    );
    return new LoneModel(process, scratchFolder, opened.move());
  }

  get pid(): number {
    return this.#process.info.pid;
  }

  /** Reads the payload and writes the result as in a job. */
  async run(payload: object): Promise<StagesMs> {
    const outputFolder = randomUUID();
    const payloadPath = join(outputFolder, 'payload');
    await mkdir(join(this.#scratchFolder, outputFolder));
    await writeFile(join(this.#scratchFolder, payloadPath), JSON.stringify(payload));
    const beganMs = new Map<string, number>();
    const startedMs = performance.now();
    await this.#process.run(
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
    await rm(join(this.#scratchFolder, outputFolder), { recursive: true });
    const encodingMs = beganMs.get('encoding') ?? endedMs;
    const enlargingMs = beganMs.get('enlarging') ?? encodingMs;
    return { decodeMs: enlargingMs - startedMs, enlargeMs: encodingMs - enlargingMs, encodeMs: endedMs - encodingMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]();
  }
}

async function bundledNetwork(): Promise<CheckpointFile> {
  const path = fileURLToPath(network);
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { path, sha256 };
}
