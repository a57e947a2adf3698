import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  completeCheckpointFiles,
  createCheckpoint,
  getCheckpoint,
  setCheckpointStatus,
  signCheckpointParts,
  type CallContract,
  type CheckpointAccess,
  type CheckpointView,
} from '@infermesh/contracts';
import { migrate, openDatabase, startEmbeddedDatabase, type Database } from '@infermesh/database';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { startLocalS3 } from '@infermesh/local-s3';
import { createObjectStore, type ObjectStore } from '@infermesh/object-store';
import { createOutbound } from '@infermesh/outbound';
import { startEmbeddedRedis } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import type { z } from 'zod';
import { startCheckpointStore, type CheckpointStoreOptions } from '../src/service.js';

export const mebibyte = 1024 * 1024;

export const ann: CheckpointAccess = {
  tenantId: 't1',
  subject: 'ann',
  roles: ['painters'],
  seesAll: false,
  changesAll: false,
};

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A store on real servers of its own. */
export interface StoreBench extends AsyncDisposable {
  readonly database: Database;
  readonly objectStore: ObjectStore;
  call<Request extends z.ZodType, Response extends z.ZodType>(
    contract: CallContract<Request, Response>,
    request: z.input<Request>,
  ): Promise<z.output<Response>>;
  /** Announces, uploads and activates; `parts` as the client cuts it. */
  upload(wish: UploadWish): Promise<CheckpointView>;
  /** Looks until it fits. */
  until(id: string, fits: (checkpoint: CheckpointView) => boolean, access?: CheckpointAccess): Promise<CheckpointView>;
  /** Stops the store and starts another one on the same ground. */
  restart(settings?: CheckpointStoreOptions['settings']): Promise<void>;
}

export interface UploadWish {
  readonly access?: CheckpointAccess;
  readonly type?: string;
  readonly folder?: string;
  readonly allowed?: readonly string[];
  readonly files: Readonly<Record<string, readonly Buffer[]>>;
}

const longestWaitMs = 60_000;

export async function startStoreBench(settings: CheckpointStoreOptions['settings'] = {}): Promise<StoreBench> {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'test', level: 'silent' });
  const folder = await mkdtemp(join(tmpdir(), 'checkpoint-bench-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const redis = opened.use(await startEmbeddedRedis({ folder: join(folder, 'redis'), logger }));
  const server = opened.use(await startEmbeddedDatabase({ folder: join(folder, 'database'), logger }));
  const database = opened.use(openDatabase({ url: server.url, maxConnections: 4, logger }));
  await migrate(database);
  const keys = { accessKeyId: 'test', secretAccessKey: 'test-secret-of-this-run' };
  const s3 = opened.use(await startLocalS3({ folder: join(folder, 'objects'), credentials: [keys] }));
  const objectStore = opened.use(
    createObjectStore({ endpoint: s3.url, region: 'us-east-1', bucket: 'models', ...keys }),
  );
  await objectStore.ensureBucket(AbortSignal.timeout(30_000));
  const queueOf = (service: string) => createJobQueue({ redisUrl: redis.url, service, logger, connectGraceMs: 10_000 });
  const jobQueue = opened.use(queueOf('checkpoint-store'));
  const client = opened.use(queueOf('test'));
  const outbound = createOutbound({ allowList: ['127.0.0.1'], logger });
  const start = (changed: CheckpointStoreOptions['settings']): Promise<AsyncDisposable> =>
    startCheckpointStore({ jobQueue, database, objectStore, outbound, logger, settings: changed ?? {} });
  let store = await start(settings);
  opened.defer(async () => {
    await store[Symbol.asyncDispose]();
  });

  const call: StoreBench['call'] = (contract, request) =>
    client.call(contract, request, { deadlineAt: Date.now() + 30_000 });
  const kept = opened.move();
  return {
    database,
    objectStore,
    call,
    upload: (wish) => upload(call, wish),
    async until(id, fits, access = ann) {
      const giveUpAt = Date.now() + longestWaitMs;
      for (;;) {
        const { checkpoint } = await call(getCheckpoint, { access, id });
        if (fits(checkpoint)) return checkpoint;
        if (Date.now() > giveUpAt) throw new Error(`still ${JSON.stringify(checkpoint)}`);
        await delay(20);
      }
    },
    async restart(changed = settings) {
      await store[Symbol.asyncDispose]();
      store = await start(changed);
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

/** @returns the tags of what was sent to the URLs of one file */
export async function putParts(
  urls: readonly string[],
  pieces: readonly Buffer[],
): Promise<{ partNumber: number; etag: string }[]> {
  return Promise.all(
    pieces.map(async (piece, index) => {
      const answer = await fetch(urls[index] ?? '', { method: 'PUT', body: new Uint8Array(piece) });
      if (answer.status !== 200) throw new Error(`a part answered ${answer.status}: ${await answer.text()}`);
      return { partNumber: index + 1, etag: answer.headers.get('etag') ?? '' };
    }),
  );
}

async function upload(
  call: StoreBench['call'],
  { access = ann, type = 'Upscaler', folder, allowed = ['painters'], files }: UploadWish,
): Promise<CheckpointView> {
  const { checkpoint } = await call(createCheckpoint, {
    access,
    type,
    allowed: [...allowed],
    ...(folder === undefined ? {} : { folder }),
    files: Object.entries(files).map(([path, pieces]) => ({ path, partCount: pieces.length })),
  });
  const { id } = checkpoint;
  for (const [path, pieces] of Object.entries(files)) {
    const { parts } = await call(signCheckpointParts, {
      access,
      id,
      ranges: [{ path, first: 1, last: pieces.length }],
    });
    const tags = await putParts(
      parts.map(({ url }) => url),
      pieces,
    );
    await call(completeCheckpointFiles, { access, id, files: [{ path, parts: tags }] });
  }
  return (await call(setCheckpointStatus, { access, id, status: 'active' })).checkpoint;
}
