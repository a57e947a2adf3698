import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger } from '@infermesh/telemetry';
import { z } from 'zod';
import type { ModelDescription, ModelProcessOptions, RunOptions } from '../src/index.js';

export const toyEntry = fileURLToPath(new URL('./toy-model-process.mjs', import.meta.url));

export const toyResult = z.object({ value: z.unknown(), pid: z.number(), batchSize: z.number() });
export type ToyResult = z.infer<typeof toyResult>;

/** A folder of its own for one test, and the settings that its model processes share. */
export class Bench implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Bench> {
    return new Bench(await mkdtemp(join(tmpdir(), 'model-runtime-')));
  }

  processOptions(changes: Partial<ModelProcessOptions> = {}): ModelProcessOptions {
    return {
      entry: toyEntry,
      options: {},
      checkpoints: {},
      executionProviders: ['cpu'],
      threads: 1,
      scratchFolder: this.folder,
      memoryLimitBytes: 2 ** 30,
      loadTimeoutMs: 20_000,
      cancelGraceMs: 300,
      stopGraceMs: 300,
      logger: createLogger({ service: 'test', level: 'silent' }),
      ...changes,
    };
  }

  model(name: string, options: object = {}): ModelDescription {
    return { kind: 'toy', entry: toyEntry, options: { name, ...options }, checkpoints: {} };
  }

  gate(name: string): { readonly path: string; open(): Promise<void> } {
    const path = join(this.folder, name);
    return { path, open: () => writeFile(path, '') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Options for one run that keep what it tells on its way. */
export class Listener implements RunOptions<ToyResult> {
  readonly resultSchema = toyResult;
  readonly stop = new AbortController();
  readonly signal = this.stop.signal;
  readonly deadlineAt: number;
  readonly heard: unknown[] = [];
  readonly #events = new EventEmitter();

  constructor(deadlineAt = Date.now() + 60_000) {
    this.deadlineAt = deadlineAt;
  }

  readonly onPart = (part: unknown): void => {
    this.heard.push(part);
    this.#events.emit('part');
  };

  readonly onProgress = (fraction: number, stage: string | null): void => {
    this.heard.push([fraction, stage]);
  };

  /** Resolves when the first part has come: the run is under way. */
  async underWay(): Promise<void> {
    if (this.heard.length === 0) await once(this.#events, 'part');
  }
}
