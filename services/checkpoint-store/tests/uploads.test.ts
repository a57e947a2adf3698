import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  completeCheckpointFiles,
  createCheckpoint,
  deleteCheckpoints,
  findCheckpoints,
  getCheckpoint,
  listCheckpointFiles,
  listCheckpointParts,
  listCheckpoints,
  renameCheckpoint,
  setCheckpointStatus,
  signCheckpointParts,
  type CheckpointRef,
  type CheckpointView,
} from '@infermesh/contracts';
import { ann, mebibyte, putParts, sha256, startStoreBench, type StoreBench } from './store-bench.js';

let bench: StoreBench;
beforeAll(async () => {
  bench = await startStoreBench({ maxBytes: 12 * mebibyte, retainRenamedMs: 0 });
}, 90_000);
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await bench.database.query('delete from checkpoint');
});

const bob = { ...ann, subject: 'bob', roles: ['writers'] };
const { signal } = new AbortController();

function announce(path: string, partCount = 1): Promise<{ checkpoint: CheckpointView }> {
  return bench.call(createCheckpoint, {
    access: ann,
    type: 'Upscaler',
    allowed: ['painters'],
    files: [{ path, partCount }],
  });
}

async function find(names?: string[], user?: { name: string; roles: string[] }): Promise<CheckpointRef[]> {
  const { checkpoints } = await bench.call(findCheckpoints, {
    tenantId: 't1',
    type: 'Upscaler',
    ...(names === undefined ? {} : { names }),
    ...(user === undefined ? {} : { user }),
  });
  return checkpoints;
}

async function urlsOf(id: string, path: string, last: number): Promise<string[]> {
  const { parts } = await bench.call(signCheckpointParts, { access: ann, id, ranges: [{ path, first: 1, last }] });
  return parts.map(({ url }) => url);
}

async function keysOf(id: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of bench.objectStore.list(`checkpoints/${id}/`, { signal })) keys.push(key);
  return keys;
}

/** Until the garbage of deleted checkpoints is swept for the first time. */
async function untilSwept(id: string): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (
    (await keysOf(id)).length > 0 ||
    (await bench.objectStore.multipart.list(`checkpoints/${id}/`, signal)).length > 0
  )
    if (Date.now() > giveUpAt) throw new Error('the objects stay');
}

describe('an upload in parts', () => {
  it('ends as a checkpoint that jobs find, with digest and size', async () => {
    const pieces = [randomBytes(5 * mebibyte), randomBytes(mebibyte)];
    const { id } = await bench.upload({ files: { 'sharp.onnx': pieces } });
    const checkpoint = await bench.until(id, ({ files }) => files[0]?.sha256 != null);
    const digest = sha256(Buffer.concat(pieces));
    expect(checkpoint).toMatchObject({
      kind: 'files',
      names: ['sharp.onnx'],
      status: 'active',
      owner: 'ann',
      allowed: ['painters'],
      error: null,
      files: [
        {
          path: 'sharp.onnx',
          key: `checkpoints/${id}/sharp.onnx`,
          sizeBytes: 6 * mebibyte,
          sha256: digest,
          format: 'unknown',
        },
      ],
    });
    expect(await find()).toEqual([
      {
        id,
        type: 'Upscaler',
        name: 'sharp.onnx',
        file: 'sharp.onnx',
        objectKey: `checkpoints/${id}/sharp.onnx`,
        sizeBytes: 6 * mebibyte,
        sha256: digest,
      },
    ]);
    const { files } = await bench.call(listCheckpointFiles, { access: ann, id });
    const answer = await fetch(files[0]?.url ?? '');
    expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(digest);
  });

  it('goes on where it was broken off', async () => {
    const { checkpoint } = await announce('resumed.onnx', 2);
    const pieces = [randomBytes(5 * mebibyte), randomBytes(10)];
    const [first] = await putParts(await urlsOf(checkpoint.id, 'resumed.onnx', 2), pieces.slice(0, 1));
    const request = { access: ann, id: checkpoint.id, path: 'resumed.onnx' };
    const { partCount, parts } = await bench.call(listCheckpointParts, request);
    expect([partCount, parts]).toEqual([2, [{ ...first, sizeBytes: 5 * mebibyte }]]);
    const { parts: signed } = await bench.call(signCheckpointParts, {
      access: ann,
      id: checkpoint.id,
      ranges: [{ path: 'resumed.onnx', first: 2, last: 2 }],
    });
    const [second] = await putParts(
      signed.map(({ url }) => url),
      pieces.slice(1),
    );
    const tags = [{ partNumber: 2, etag: second?.etag ?? '' }, ...parts].map(({ partNumber, etag }) => ({
      partNumber,
      etag: etag.replaceAll('"', ''),
    }));
    const complete = {
      access: ann,
      id: checkpoint.id,
      files: [
        { path: 'resumed.onnx', parts: tags },
        { path: 'stranger', parts: [] },
      ],
    };
    await bench.call(completeCheckpointFiles, complete);
    await bench.call(completeCheckpointFiles, complete); // twice is once
    await expect(bench.call(listCheckpointParts, request)).rejects.toMatchObject({ code: 'CONFLICT' });
    await bench.call(setCheckpointStatus, { access: ann, id: checkpoint.id, status: 'active' });
    await bench.until(checkpoint.id, ({ files }) => files[0]?.sha256 === sha256(Buffer.concat(pieces)));
  });

  it('is refused while parts are missing or wrong, and stays as it was', async () => {
    const { checkpoint } = await announce('late.onnx', 2);
    const { id } = checkpoint;
    await expect(bench.call(setCheckpointStatus, { access: ann, id, status: 'active' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('late.onnx'),
    });
    const complete = (parts: { partNumber: number; etag: string }[]) =>
      bench.call(completeCheckpointFiles, { access: ann, id, files: [{ path: 'late.onnx', parts }] });
    await expect(complete([])).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(complete([{ partNumber: 1, etag: '"00"' }])).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await bench.until(id, () => true)).toMatchObject({ status: 'initial' });
    expect(await find()).toEqual([]);
  });

  it('may not be larger than the limit', async () => {
    const { checkpoint } = await announce('large.onnx', 2);
    const { id } = checkpoint;
    const tags = await putParts(await urlsOf(id, 'large.onnx', 2), [
      Buffer.alloc(7 * mebibyte),
      Buffer.alloc(6 * mebibyte),
    ]);
    await expect(
      bench.call(completeCheckpointFiles, { access: ann, id, files: [{ path: 'large.onnx', parts: tags }] }),
    ).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('is given up when nobody goes on with it', async () => {
    const { checkpoint } = await announce('forgotten.onnx');
    await putParts(await urlsOf(checkpoint.id, 'forgotten.onnx', 1), [Buffer.from('x')]);
    await bench.database.query(`update checkpoint set updated_at = now() - interval '8 days'`);
    await bench.restart();
    const giveUpAt = Date.now() + 60_000;
    while ((await bench.database.query('select id from checkpoint where id = $1', [checkpoint.id])).rowCount > 0)
      if (Date.now() > giveUpAt) throw new Error('it stays');
    await untilSwept(checkpoint.id);
    await announce('forgotten.onnx');
  });

  it('signs only parts that were announced, for those who may change it', async () => {
    const { checkpoint } = await announce('mine.onnx', 2);
    const ask = (access: typeof ann, last: number) =>
      bench.call(signCheckpointParts, { access, id: checkpoint.id, ranges: [{ path: 'mine.onnx', first: 1, last }] });
    await expect(ask(ann, 3)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(ask(bob, 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ask({ ...bob, roles: ['painters'] }, 1)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await ask({ ...bob, seesAll: true, changesAll: true }, 2)).parts).toHaveLength(2);
  });
});

describe('names', () => {
  it('are unique over all types and states, and come free with their checkpoint', async () => {
    const { checkpoint } = await announce('taken.onnx');
    const again = (path: string, type: string) =>
      bench.call(createCheckpoint, {
        access: bob,
        type,
        allowed: [],
        files: [
          { path: 'new.onnx', partCount: 1 },
          { path, partCount: 1 },
        ],
      });
    await expect(again('  taken.onnx ', 'Lora')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'taken.onnx already exists, please use another or rename/delete exists',
    });
    await expect(again('new.onnx', 'Lora')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await bench.call(deleteCheckpoints, { access: ann, ids: [checkpoint.id] });
    await again('taken.onnx', 'Lora');
  });

  it.each(['a/b.onnx', '..', 'a\u0001', 'x\\y', ' '])('cannot be %j', async (path) => {
    await expect(announce(path)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('need not be safe in a key', async () => {
    const { id } = await bench.upload({ files: { 'a model (1) ü.onnx': [Buffer.from('x')] } });
    await bench.until(id, ({ files }) => files[0]?.sha256 != null);
    expect(await find(['a model (1) ü.onnx'])).toMatchObject([{ objectKey: `checkpoints/${id}/file-0` }]);
  });
});

describe('a rename', () => {
  it('copies the file under its new name', async () => {
    const { id } = await bench.upload({ files: { 'old.onnx': [Buffer.from('weights')] } });
    await bench.until(id, ({ files }) => files[0]?.sha256 != null);
    const rename = (name: string) => bench.call(renameCheckpoint, { access: ann, id, name });
    expect(await rename('old.onnx')).toEqual({ outcome: 'unchanged' });
    expect(await rename('fresh')).toEqual({ outcome: 'started' });
    const { files } = await bench.until(id, ({ names }) => names[0] === 'fresh');
    expect(files).toMatchObject([
      { path: 'fresh', key: `checkpoints/${id}/fresh`, sha256: sha256(Buffer.from('weights')) },
    ]);
    expect(await find(['old.onnx'])).toEqual([]);
    expect(await find(['fresh'])).toHaveLength(1);
    await announce('old.onnx');
    await expect(rename('old.onnx')).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is for active checkpoints', async () => {
    const { checkpoint } = await announce('early.onnx');
    await expect(bench.call(renameCheckpoint, { access: ann, id: checkpoint.id, name: 'x' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'only active can update name',
    });
  });
});

describe('several files', () => {
  it('are found by their own names, and disabled together', async () => {
    const { id } = await bench.upload({
      files: { 'm.safetensors': [Buffer.from('m')], 'm.yaml': [Buffer.from('y: 1')] },
    });
    await bench.until(id, ({ files }) => files.every((file) => file.sha256 !== null));
    expect(await find()).toMatchObject([
      { id, name: 'm.safetensors' },
      { name: 'm.yaml', checkpointId: id },
    ]);
    await bench.call(setCheckpointStatus, { access: ann, id, status: 'disabled' });
    expect(await find()).toEqual([]);
    await bench.call(setCheckpointStatus, { access: ann, id, status: 'active' });
    expect(await find()).toHaveLength(2);
  });

  it('are found by those they are open to', async () => {
    const { id } = await bench.upload({ files: { 'closed.onnx': [Buffer.from('m')] } });
    await bench.until(id, ({ files }) => files[0]?.sha256 != null);
    expect(await find(undefined, { name: 'bob', roles: ['painters'] })).toHaveLength(1);
    expect(await find(undefined, { name: 'bob', roles: ['writers'] })).toEqual([]);
    expect(await find(undefined, { name: 'ann', roles: [] })).toHaveLength(1);
  });
});

describe('lists', () => {
  it('show what is open to the caller, newest first, in pages', async () => {
    for (const path of ['a', 'b', 'c']) await announce(path);
    await bench.call(createCheckpoint, {
      access: bob,
      type: 'Lora',
      allowed: ['writers'],
      files: [{ path: 'd', partCount: 1 }],
    });
    await bench.call(createCheckpoint, {
      access: bob,
      type: 'VAE',
      allowed: ['*'],
      files: [{ path: 'e', partCount: 1 }],
    });
    const list = async (access: typeof ann, filter: object = {}) => {
      const { checkpoints, total } = await bench.call(listCheckpoints, { access, offset: 0, limit: 10, ...filter });
      return [total, ...checkpoints.map(({ names }) => names[0])];
    };
    expect(await list(ann)).toEqual([4, 'e', 'c', 'b', 'a']);
    expect(await list(ann, { offset: 1, limit: 2 })).toEqual([4, 'c', 'b']);
    expect(await list(bob)).toEqual([2, 'e', 'd']);
    expect(await list({ ...ann, tenantId: 't2', seesAll: true })).toEqual([0]);
    expect(await list({ ...ann, seesAll: true }, { types: ['Lora', 'VAE'] })).toEqual([2, 'e', 'd']);
    expect(await list(ann, { statuses: ['active'] })).toEqual([0]);
    expect(await list(ann, { roles: ['writers', '*'] })).toEqual([1, 'e']);
  });
});

describe('deletion', () => {
  it('takes record, objects and open uploads away', async () => {
    const { id } = await bench.upload({ files: { 'gone.onnx': [Buffer.from('x')] } });
    const { checkpoint } = await announce('begun.onnx');
    const ids = [id, checkpoint.id, '00000000-0000-4000-8000-000000000000'];
    const { deleted } = await bench.call(deleteCheckpoints, { access: ann, ids });
    expect(deleted.toSorted()).toEqual([id, checkpoint.id].toSorted());
    await expect(bench.call(getCheckpoint, { access: ann, id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await untilSwept(id);
    await untilSwept(checkpoint.id);
  });

  it('is for the owner, or all stay', async () => {
    const { checkpoint } = await announce('kept.onnx');
    const other = { ...bob, roles: ['painters'] };
    const { checkpoint: own } = await bench.call(createCheckpoint, {
      access: other,
      type: 'Lora',
      allowed: [],
      files: [{ path: 'own', partCount: 1 }],
    });
    await expect(bench.call(deleteCheckpoints, { access: other, ids: [own.id, checkpoint.id] })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect((await bench.call(deleteCheckpoints, { access: bob, ids: [checkpoint.id] })).deleted).toEqual([]);
    expect(
      (await bench.call(deleteCheckpoints, { access: { ...other, changesAll: true }, ids: [own.id, checkpoint.id] }))
        .deleted,
    ).toHaveLength(2);
  });
});
