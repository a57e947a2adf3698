import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { extractTar, readTar, readZip, writeTar, type ArchiveEntry, type RangeSource } from '../src/index.js';
import { zipOf } from './zip-of.js';

const limits = { maxBytes: 10_000_000, maxEntries: 100 };
const longName = `${'deep/'.repeat(8)}${'n'.repeat(90)}.onnx`;
const files: Record<string, Buffer> = {
  'model.onnx': randomBytes(70_001),
  'weights/model.onnx_data': randomBytes(512 * 3),
  'empty.txt': Buffer.alloc(0),
  'a name with ü.json': Buffer.from('{}'),
  [longName]: Buffer.from('far'),
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* entriesOf(contents: Record<string, Buffer>): AsyncGenerator<ArchiveEntry> {
  for (const [path, bytes] of Object.entries(contents))
    yield await Promise.resolve({ path, sizeBytes: bytes.byteLength, body: Readable.from([bytes]) });
}

const tarOf = (contents: Record<string, Buffer>): Promise<Buffer> => buffer(writeTar(entriesOf(contents)));

async function readAll(entries: AsyncIterable<ArchiveEntry>): Promise<Record<string, Buffer>> {
  const found: Record<string, Buffer> = {};
  for await (const { path, body } of entries) found[path] = await buffer(body);
  return found;
}

/** In pieces that fit no block. */
function stream(bytes: Buffer): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.byteLength / 777) }, (_, at) =>
    bytes.subarray(at * 777, (at + 1) * 777),
  );
  return Readable.from(pieces);
}

function rangesOf(bytes: Buffer): RangeSource {
  return {
    sizeBytes: bytes.byteLength,
    read: (start, end) => Promise.resolve(stream(bytes.subarray(start, end))),
  };
}

const readTarOf = (bytes: Buffer, bounds = limits): Promise<Record<string, Buffer>> =>
  readAll(readTar(stream(bytes), bounds));
const readZipOf = (bytes: Buffer, bounds = limits): Promise<Record<string, Buffer>> =>
  readAll(readZip(rangesOf(bytes), bounds));

async function lay(contents: Record<string, Buffer>): Promise<void> {
  for (const [path, bytes] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

const tar = (...args: string[]): Promise<unknown> => promisify(execFile)('tar', args);

describe('tar', () => {
  it('comes back as it was written, and is the same each time', async () => {
    const bytes = await tarOf(files);
    expect(await readTarOf(bytes)).toEqual(files);
    expect(await tarOf(files)).toEqual(bytes);
  });

  it.each(['gnu', 'pax', 'ustar'])('is read as the tar of the system writes it: %s', async (format) => {
    await lay(files);
    const path = join(folder, '..', `${folder.split('/').at(-1) ?? ''}-${format}.tar`);
    try {
      await tar('--format', format, '-C', folder, '-cf', path, '.');
      expect(await readTarOf(await readFile(path))).toEqual(files);
    } finally {
      await rm(path, { force: true });
    }
  });

  it('is read by the tar of the system', async () => {
    const path = join(folder, 'ours.tar');
    await writeFile(path, await tarOf(files));
    await mkdir(join(folder, 'out'));
    await tar('-xf', path, '-C', join(folder, 'out'));
    expect(await readFile(join(folder, 'out', longName))).toEqual(files[longName]);
    expect(await readFile(join(folder, 'out/model.onnx'))).toEqual(files['model.onnx']);
  });

  it('skips what nobody reads', async () => {
    const paths: string[] = [];
    for await (const { path } of readTar(stream(await tarOf(files)), limits)) paths.push(path);
    expect(paths).toEqual(Object.keys(files));
  });

  it('is laid out in a folder, and never over what is there', async () => {
    const out = join(folder, 'out');
    await mkdir(out);
    await extractTar(stream(await tarOf(files)), out, limits);
    expect(await readFile(join(out, 'weights/model.onnx_data'))).toEqual(files['weights/model.onnx_data']);
    await expect(extractTar(stream(await tarOf(files)), out, limits)).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it.each(['../x', '/etc/passwd', 'a/../../x', 'a//b', 'a\\..\\b', 'a\u0001', 'x'.repeat(201), `${'a/'.repeat(16)}b`])(
    'refuses the path %j',
    async (path) => {
      const out = join(folder, 'out');
      await mkdir(out);
      const bytes = await tarOf({ [path]: Buffer.from('x') });
      await expect(extractTar(stream(bytes), out, limits)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      expect(await readdir(out)).toEqual([]);
    },
  );

  it('refuses links', async () => {
    await symlink('/etc/passwd', join(folder, 'link'));
    const path = join(folder, 'x.tar');
    await tar('-C', folder, '-cf', path, 'link');
    await expect(readTarOf(await readFile(path))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('refuses what is there twice, or a file and a folder', async () => {
    const twice = Buffer.concat([
      (await tarOf({ a: Buffer.from('1') })).subarray(0, 1024),
      await tarOf({ a: Buffer.from('2') }),
    ]);
    await expect(readTarOf(twice)).rejects.toMatchObject({ message: expect.stringContaining('twice') });
    const both = Buffer.concat([
      (await tarOf({ a: Buffer.from('1') })).subarray(0, 1024),
      await tarOf({ 'a/b': Buffer.from('2') }),
    ]);
    await expect(readTarOf(both)).rejects.toMatchObject({ message: expect.stringContaining('a file and a folder') });
  });

  it('ends at its limits, and where the stream does', async () => {
    const bytes = await tarOf(files);
    await expect(readTarOf(bytes, { maxBytes: 70_000, maxEntries: 9 })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
    await expect(readTarOf(bytes, { maxBytes: 1e6, maxEntries: 2 })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
    await expect(readTarOf(bytes.subarray(0, 40_000))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(readTarOf(randomBytes(2000))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('zip', () => {
  it('comes back, deflated and stored', async () => {
    const entries = Object.entries(files).map(([name, bytes], index) => ({
      name,
      bytes,
      method: index % 2 === 0 ? 8 : 0,
    }));
    expect(await readZipOf(zipOf([{ name: 'weights/', bytes: Buffer.alloc(0), mode: 0o040755 }, ...entries]))).toEqual(
      files,
    );
  });

  it('is found behind a comment', async () => {
    const bytes = zipOf([{ name: 'a', bytes: Buffer.from('x') }]);
    bytes.writeUInt16LE(5, bytes.byteLength - 2);
    expect(await readZipOf(Buffer.concat([bytes, Buffer.from('hello')]))).toEqual({ a: Buffer.from('x') });
  });

  it('refuses a bomb by its directory, and one that lies there', async () => {
    const zeros = Buffer.alloc(1_000_000);
    await expect(
      readZipOf(zipOf([{ name: 'a', bytes: zeros }]), { maxBytes: 999_999, maxEntries: 9 }),
    ).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
    await expect(readZipOf(zipOf([{ name: 'a', bytes: zeros, claimedBytes: 10 }]))).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining('damaged'),
    });
  });

  it.each([
    ['a path that leaves', { name: '../x' }],
    ['a link', { name: 'x', mode: 0o120777 }],
    ['encryption', { name: 'x', flags: 1 }],
    ['another method', { name: 'x', method: 12 }],
  ])('refuses %s', async (_name, fields) => {
    await expect(readZipOf(zipOf([{ bytes: Buffer.from('x'), ...fields }]))).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('refuses what is none', async () => {
    await expect(readZipOf(randomBytes(5000))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(readZipOf(zipOf([{ name: 'a', bytes: randomBytes(500) }]).subarray(40))).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });
});
