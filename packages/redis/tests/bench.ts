import type { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '@infermesh/telemetry';
import { commandLineOf } from '../src/embedded/process-identity.js';
import { startEmbeddedRedis, type EmbeddedRedis } from '../src/index.js';

export const logger = createLogger({ service: 'test', level: 'silent' });

export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

export async function aFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'infermesh-redis-'));
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export async function aServer(folder: string): Promise<EmbeddedRedis> {
  return await startEmbeddedRedis({ folder, logger });
}

/** Looks until it is so. The test's own time limit ends a wait in vain. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(10);
}

/** A zombie, which an absent init process leaves in a container, is dead. */
export function isAlive(pid: number): boolean {
  return commandLineOf(pid) !== '';
}

/** Unlike `once` of node:events it does not mind the errors that come before. */
export async function nextEvent(emitter: EventEmitter, name: string): Promise<unknown[]> {
  return await new Promise((resolve) => {
    emitter.once(name, (...args: unknown[]) => {
      resolve(args);
    });
  });
}
