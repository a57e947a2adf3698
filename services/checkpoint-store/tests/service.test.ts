import { createHash } from 'node:crypto';
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { findCheckpoints, type CheckpointRef } from '@infermesh/contracts';
import { migrate, openDatabase, type Database } from '@infermesh/database';
import { createJobQueue, type JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { startLocalS3 } from '@infermesh/local-s3';
import { createObjectStore, type ObjectStore } from '@infermesh/object-store';
import { startEmbeddedRedis } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import { uuidv7 } from 'uuidv7';
import { startPostgresServer } from '../../../packages/database/tests/postgres-server.js';
import { readBundledManifest } from '../src/bundled-manifest.js';
import { ensureBundled } from '../src/ensure-bundled.js';
import { startCheckpointStore } from '../src/service.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const ground = new ResourceStack();
const { signal } = new AbortController();
let folder: string;
let database: Database;
let objectStore: ObjectStore;
let client: JobQueue;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-store-'));
  ground.defer(() => rm(folder, { recursive: true, force: true }));
  const redis = ground.use(await startEmbeddedRedis({ folder: join(folder, 'redis'), logger }));
  const server = ground.use(await startPostgresServer());
  database = ground.use(openDatabase({ url: server.url, maxConnections: 4, logger }));
  await migrate(database);
  const keys = { accessKeyId: 'test', secretAccessKey: 'test-secret-of-this-run' };
  const s3 = ground.use(await startLocalS3({ folder: join(folder, 'objects'), credentials: [keys] }));
  objectStore = ground.use(createObjectStore({ endpoint: s3.url, region: 'us-east-1', bucket: 'models', ...keys }));
  await objectStore.ensureBucket(signal);
  const jobQueue = ground.use(
    createJobQueue({ redisUrl: redis.url, service: 'checkpoint-store', logger, connectGraceMs: 10_000 }),
  );
  ground.use(await startCheckpointStore({ jobQueue, database, objectStore, logger }));
  client = ground.use(createJobQueue({ redisUrl: redis.url, service: 'test', logger, connectGraceMs: 10_000 }));
}, 90_000);

afterAll(() => ground[Symbol.asyncDispose]());

beforeEach(async () => {
  await database.query('delete from checkpoint');
  await objectStore.deletePrefix('checkpoints/', signal);
});

const manifestPath = (): string => join(folder, 'bundled.json');

/** Writes a manifest of files with these contents. */
async function bundle(contents: Record<string, string>, type = 'Upscaler'): Promise<void> {
  const entries = Object.entries(contents).map(async ([name, content]) => {
    await writeFile(join(folder, `${name}.onnx`), content);
    return { name, type, file: 'model.onnx', path: `${name}.onnx` };
  });
  await writeFile(manifestPath(), JSON.stringify(await Promise.all(entries)));
}

const ensure = (): Promise<void> => ensureBundled({ manifest: manifestPath(), database, objectStore, logger, signal });

async function find(filter: { tenantId?: string; type?: string; names?: string[] } = {}): Promise<CheckpointRef[]> {
  const request = { tenantId: 't1', type: 'Upscaler', ...filter };
  const { checkpoints } = await client.call(findCheckpoints, request, { deadlineAt: Date.now() + 15_000 });
  return checkpoints;
}

async function insertMany(count: number, nameLength: number): Promise<void> {
  await database.query(
    `with made as (insert into checkpoint (id, name, type, status, tenant_id, owner, created_at)
       select gen_random_uuid(), rpad('m' || n || '-', $2::int, 'x'), 'Upscaler', 'active', 't1', 'ann', now() + n * interval '1 second'
       from generate_series(1, $1::int) as n returning id, name)
     insert into checkpoint_file (id, checkpoint_id, position, name, path, object_key, size_bytes, sha256)
       select id, id, 0, name, 'm.onnx', 'checkpoints/x/m.onnx', 3, $3 from made`,
    [count, nameLength, 'c'.repeat(64)],
  );
}

async function textOf({ objectKey }: CheckpointRef): Promise<string> {
  return (await buffer((await objectStore.get(objectKey, { signal })).body)).toString();
}

async function storedKeys(): Promise<Map<string, Date>> {
  const found = new Map<string, Date>();
  for await (const { key, lastModified } of objectStore.list('checkpoints/', { signal })) found.set(key, lastModified);
  return found;
}

interface TenantCheckpoint {
  readonly name: string;
  readonly tenantId: string;
  readonly status?: string;
  readonly type?: string;
}

async function insertOf({ name, tenantId, status = 'active', type = 'Upscaler' }: TenantCheckpoint): Promise<string> {
  const id = uuidv7();
  await database.query(
    `with made as (insert into checkpoint (id, name, type, status, tenant_id, owner) values ($1, $2, $3, $4, $5, 'ann')),
       named as (insert into checkpoint_name (tenant_id, name, checkpoint_id) values ($5, $2, $1))
     insert into checkpoint_file (id, checkpoint_id, position, name, path, object_key, size_bytes, sha256)
       values ($1, $1, 0, $2, 'm.onnx', $6, 3, $7)`,
    [id, name, type, status, tenantId, `checkpoints/${id}/m.onnx`, 'c'.repeat(64)],
  );
  return id;
}

describe('bundled checkpoints', () => {
  it('lie in the object store and the catalogue, for every tenant', async () => {
    await bundle({ bicubic: 'weights', lanczos: 'others' });
    await ensure();
    const [bicubic, lanczos, ...none] = await find({ tenantId: 'anyone' });
    expect(none).toEqual([]);
    expect(lanczos).toMatchObject({ name: 'lanczos' });
    expect(bicubic).toEqual({
      id: expect.any(String),
      type: 'Upscaler',
      name: 'bicubic',
      file: 'model.onnx',
      objectKey: `checkpoints/${bicubic?.id ?? ''}/model.onnx`,
      sizeBytes: 7,
      sha256: createHash('sha256').update('weights').digest('hex'),
    });
    if (bicubic !== undefined) expect(await textOf(bicubic)).toBe('weights');
  });

  it('are uploaded once, however often and by how many it is ensured', async () => {
    await bundle({ bicubic: 'weights' });
    await Promise.all([ensure(), ensure(), ensure()]);
    const rows = await find();
    const objects = await storedKeys();
    expect(rows).toHaveLength(1);
    expect(objects.size).toBe(1);
    await ensure();
    expect(await find()).toEqual(rows);
    expect(await storedKeys()).toEqual(objects);
  });

  it('follow a file that has changed, and leave the old object to the jobs that hold it', async () => {
    await bundle({ bicubic: 'weights' });
    await ensure();
    const [old] = await find();
    await bundle({ bicubic: 'better weights' });
    await ensure();
    const [fresh, ...none] = await find();
    expect(none).toEqual([]);
    expect(fresh?.id).not.toBe(old?.id);
    if (old === undefined || fresh === undefined) throw new Error('a checkpoint is missing');
    expect(await textOf(fresh)).toBe('better weights');
    expect(await textOf(old)).toBe('weights');
  });

  it('come back when the object is gone', async () => {
    await bundle({ bicubic: 'weights' });
    await ensure();
    await objectStore.deletePrefix('checkpoints/', signal);
    await ensure();
    expect((await storedKeys()).size).toBe(1);
  });

  it("never take a tenant's checkpoint of the same name", async () => {
    const id = await insertOf({ name: 'bicubic', tenantId: 't1' });
    await bundle({ bicubic: 'weights' });
    await ensure();
    expect(await find()).toMatchObject([{ id }]);
    expect(await find({ tenantId: 't2' })).toEqual([]);
  });

  it('need a manifest that can be read, and the files it names', async () => {
    await writeFile(manifestPath(), '[{"name": "x"}]');
    await expect(ensure()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await writeFile(manifestPath(), 'no json');
    await expect(ensure()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await bundle({ bicubic: 'weights' });
    await unlink(join(folder, 'bicubic.onnx'));
    await expect(ensure()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('bicubic.onnx'),
    });
    expect(await find()).toEqual([]);
  });

  it('are those that the repository brings', async () => {
    const [first] = await readBundledManifest(fileURLToPath(new URL('../../../models/bundled.json', import.meta.url)));
    expect(first).toMatchObject({ type: 'Upscaler', path: expect.stringMatching(/^\/.*models.*\.onnx$/u) });
  });
});

describe('checkpoints.find', () => {
  it("returns the tenant's active checkpoints of one type, by name", async () => {
    const mine = { tenantId: 't1' };
    const b = await insertOf({ ...mine, name: 'b' });
    const a = await insertOf({ ...mine, name: 'a' });
    await insertOf({ ...mine, name: 'uploading', status: 'initial' });
    await insertOf({ ...mine, name: 'detector', type: 'Detector' });
    await insertOf({ name: 'foreign', tenantId: 't2' });
    expect((await find()).map(({ id }) => id)).toEqual([a, b]);
    expect((await find({ names: ['b', 'foreign', 'unknown'] })).map(({ id }) => id)).toEqual([b]);
    expect(await find({ names: [] })).toEqual([]);
  });

  it.each([
    ['a hundred', 130, 10],
    ['fewer of long names', 130, 190],
  ])('come as the newest that fit a job: %s', async (_name, count, nameLength) => {
    await database.query('delete from checkpoint');
    await insertMany(count, nameLength);
    const request = { tenantId: 't1', type: 'Upscaler' };
    const { checkpoints, total } = await client.call(findCheckpoints, request, { deadlineAt: Date.now() + 15_000 });
    expect(total).toBe(count);
    expect(checkpoints.length).toBeLessThanOrEqual(100);
    expect(Buffer.byteLength(JSON.stringify(checkpoints))).toBeLessThan(42_000);
    const newest = new Set(Array.from({ length: checkpoints.length }, (_, index) => `m${count - index}-`));
    expect(checkpoints.every(({ name }) => newest.has(`${name.split('-')[0] ?? ''}-`))).toBe(true);
    if (nameLength === 10) expect(checkpoints.length).toBeGreaterThan(90);
  });
});
