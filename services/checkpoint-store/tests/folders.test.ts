import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { readTar, writeTar, type ArchiveEntry } from '@infermesh/archive';
import { findCheckpoints, listCheckpointFiles, renameCheckpoint, type CheckpointView } from '@infermesh/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { zipOf } from '../../../packages/archive/tests/zip-of.js';
import { ann, mebibyte, sha256, startStoreBench, type StoreBench } from './store-bench.js';

let bench: StoreBench;
beforeAll(async () => {
  bench = await startStoreBench({ maxBytes: 20 * mebibyte });
}, 90_000);
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const { signal } = new AbortController();

/** An ONNX graph with one tensor whose bytes lie in another file. */
function modelOf(location: string): Buffer {
  const field = (number: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2, bytes.byteLength]), bytes]);
  const pair = Buffer.concat([field(1, Buffer.from('location')), field(2, Buffer.from(location))]);
  return Buffer.concat([Buffer.from([8, 8]), field(7, field(5, field(13, pair)))]);
}

const contents = {
  'onnx/model.onnx': modelOf('model.onnx_data'),
  'onnx/model.onnx_data': randomBytes(6 * mebibyte),
  'tokenizer.json': Buffer.from('{}'),
};

async function* entriesOf(files: Readonly<Record<string, Buffer>>): AsyncGenerator<ArchiveEntry> {
  for (const [path, bytes] of Object.entries(files))
    yield await Promise.resolve({ path, sizeBytes: bytes.byteLength, body: Readable.from([bytes]) });
}

const tarOf = (files: Readonly<Record<string, Buffer>>): Promise<Buffer> => buffer(writeTar(entriesOf(files)));

const isSettled = ({ status, archive }: CheckpointView): boolean => archive !== null || status === 'failed';

async function enter(folder: string, files: Readonly<Record<string, readonly Buffer[]>>): Promise<CheckpointView> {
  const { id } = await bench.upload({ folder, files });
  return bench.until(id, isSettled);
}

const inPieces = (bytes: Buffer): Buffer[] =>
  [bytes.subarray(0, 5 * mebibyte), bytes.subarray(5 * mebibyte)].filter((piece) => piece.byteLength > 0);

/** The folder as a worker gets it. */
async function read(name: string): Promise<Record<string, string>> {
  const { checkpoints } = await bench.call(findCheckpoints, { tenantId: 't1', type: 'Upscaler', names: [name] });
  const [ref] = checkpoints;
  if (ref === undefined) throw new Error(`${name} is not found`);
  const bytes = await buffer((await bench.objectStore.get(ref.objectKey, { signal })).body);
  expect({ ...ref, sizeBytes: bytes.byteLength, sha256: sha256(bytes) }).toEqual(ref);
  expect(ref).toMatchObject({ name, file: 'folder.tar', layout: 'folder' });
  const found: Record<string, string> = {};
  for await (const { path, body } of readTar(Readable.from([bytes]), { maxBytes: 1e9, maxEntries: 100 }))
    found[path] = sha256(await buffer(body));
  return found;
}

const digests = Object.fromEntries(Object.entries(contents).map(([path, bytes]) => [path, sha256(bytes)]));

describe('a folder', () => {
  it.each([
    [
      'files',
      async () =>
        Promise.resolve(Object.fromEntries(Object.entries(contents).map(([path, bytes]) => [path, inPieces(bytes)]))),
    ],
    ['a tar', async () => ({ 'x.tar': inPieces(await tarOf(contents)) })],
    [
      'a zip',
      async () =>
        Promise.resolve({
          'x.zip': inPieces(zipOf(Object.entries(contents).map(([name, bytes]) => ({ name, bytes })))),
        }),
    ],
  ])('entered as %s is one archive for jobs', async (how, files) => {
    const name = `folder-as-${how.replace(' ', '-')}`;
    const checkpoint = await enter(name, await files());
    expect(checkpoint).toMatchObject({ status: 'active', kind: 'folder', names: [name], error: null });
    expect(await read(name)).toEqual(digests);
    const { files: listed, total, archive } = await bench.call(listCheckpointFiles, { access: ann, id: checkpoint.id });
    expect(total).toBe(3);
    expect(listed.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toMatchObject([
      { path: 'onnx/model.onnx', format: 'onnx', sha256: digests['onnx/model.onnx'] },
      { path: 'onnx/model.onnx_data', sizeBytes: 6 * mebibyte, sha256: digests['onnx/model.onnx_data'] },
      { path: 'tokenizer.json', format: 'text' },
    ]);
    expect((await fetch(archive?.url ?? '')).status).toBe(200);
    // what was uploaded is not kept twice
    const giveUpAt = Date.now() + 60_000;
    for (let left = ['?']; left.length > 0;) {
      left = [];
      for await (const { key } of bench.objectStore.list(`checkpoints/${checkpoint.id}/upload/`, { signal }))
        left.push(key);
      if (Date.now() > giveUpAt) throw new Error(left.join());
    }
  });

  it.each([
    [
      'weights that lie outside',
      async () => Promise.resolve({ 'model.onnx': [modelOf('../secret')] }),
      /outside of the folder/u,
    ],
    [
      'weights that are missing',
      async () => Promise.resolve({ 'model.onnx': [modelOf('gone.data')] }),
      /not in the folder/u,
    ],
    [
      'an archive that leaves its folder',
      async () => ({ 'x.tar': [await tarOf({ '../evil': Buffer.from('x') })] }),
      /leaves its folder/u,
    ],
    [
      'an archive with a link',
      async () => Promise.resolve({ 'x.zip': [zipOf([{ name: 'l', bytes: Buffer.from('/etc'), mode: 0o120777 }])] }),
      /neither a file nor a folder/u,
    ],
    [
      'a bomb',
      async () => Promise.resolve({ 'x.zip': [zipOf([{ name: 'zeros', bytes: Buffer.alloc(21 * mebibyte) }])] }),
      /more than/u,
    ],
    [
      'an archive that is none',
      async () => Promise.resolve({ 'x.tar': [Buffer.alloc(2_000, 'a')] }),
      /no tar archive/u,
    ],
    ['an empty archive', async () => ({ 'x.tar': [await tarOf({})] }), /holds no file/u],
  ])('fails with its reason: %s', async (_name, files, reason) => {
    const checkpoint = await enter('refused', await files());
    expect(checkpoint).toMatchObject({ status: 'failed', error: expect.stringMatching(reason) });
    const { checkpoints } = await bench.call(findCheckpoints, { tenantId: 't1', type: 'Upscaler', names: ['refused'] });
    expect(checkpoints).toEqual([]);
  });

  it('has a name of its own, and gets another one at once', async () => {
    const { id } = await enter('first-name', { 'a.txt': [Buffer.from('a')] });
    await expect(bench.upload({ folder: 'first-name', files: { 'b.txt': [Buffer.from('b')] } })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await bench.upload({ folder: 'other', files: { 'a.txt': [Buffer.from('a')] } }); // its files may have any name
    await bench.call(renameCheckpoint, { access: ann, id, name: 'second-name' });
    expect(await read('second-name')).toEqual({ 'a.txt': sha256(Buffer.from('a')) });
    await bench.upload({ folder: 'first-name', files: { 'b.txt': [Buffer.from('b')] } });
  });
});

it('fails a single model whose weights lie beside it', async () => {
  const { id } = await bench.upload({ files: { 'alone.onnx': [modelOf('alone.data')] } });
  expect(await bench.until(id, ({ status }) => status === 'failed')).toMatchObject({
    error: expect.stringContaining('enter both as a folder'),
  });
});
