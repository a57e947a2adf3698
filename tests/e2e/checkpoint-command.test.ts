import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../packages/sdk/tests/run-command.js';
import { uploadParts } from '../conformance/esd/upload-parts.js';
import { startEmbeddedMesh, type EmbeddedMesh } from '../harness/embedded-mesh.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const mebibyte = 1024 * 1024;

let bench: EmbeddedMesh;
let home: string;
let close: () => Promise<void>;

beforeAll(async () => {
  bench = await startEmbeddedMesh();
  const folder = await temporaryFolder();
  home = folder.path;
  close = async () => {
    await folder[Symbol.asyncDispose]();
  };
}, 120_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await close();
});

interface Outcome {
  readonly code: number | null;
  readonly stderr: string;
  readonly json: Record<string, unknown>;
}

async function checkpoints(...args: string[]): Promise<Outcome> {
  const env = { INFERMESH_URL: bench.url, INFERMESH_API_KEY: bench.adminKey };
  const { code, stdout, stderr } = await runCommand(['checkpoints', ...args, '--json'], { home, env });
  return { code, stderr, json: (stdout === '' ? {} : JSON.parse(stdout)) as Record<string, unknown> };
}

async function fileOf(name: string, bytes: Buffer): Promise<string> {
  const path = join(home, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('infermesh checkpoints', () => {
  it('sends a file in parts, lists it, fetches it back and removes it', async () => {
    const bytes = randomBytes(33 * mebibyte);
    const path = await fileOf('two-parts.safetensors', bytes);
    const pushed = await checkpoints('push', path, '--type', 'Lora');
    expect(pushed).toMatchObject({
      code: 0,
      stderr: '',
      json: { names: ['two-parts.safetensors'], sizeBytes: bytes.byteLength, resumed: false },
    });
    const { json } = await checkpoints('ls', '--type', 'Lora');
    expect(json['checkpoints']).toMatchObject([
      { names: ['two-parts.safetensors'], status: 'Active', creator: 'admin' },
    ]);
    const into = join(home, 'pulled');
    expect(await checkpoints('pull', 'two-parts.safetensors', '--into', into)).toMatchObject({ code: 0 });
    expect(sha256(await readFile(join(into, 'two-parts.safetensors')))).toBe(sha256(bytes));
    expect(await readdir(into)).toEqual(['two-parts.safetensors']);
    expect(await checkpoints('pull', 'two-parts.safetensors', '--into', into)).toMatchObject({ code: 0 });
    await writeFile(join(into, 'two-parts.safetensors'), 'changed since');
    expect(await checkpoints('pull', 'two-parts.safetensors', '--into', into)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is there already'),
    });
    expect(await readFile(join(into, 'two-parts.safetensors'), 'utf8')).toBe('changed since');
    expect(await checkpoints('rm', 'two-parts.safetensors')).toMatchObject({ code: 0 });
    expect(await checkpoints('pull', 'two-parts.safetensors')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no checkpoint'),
    });
  });

  it('goes on with a push and with a pull that were broken off', async () => {
    const bytes = randomBytes(33 * mebibyte);
    const path = await fileOf('resumed.pt', bytes);
    const announced = await bench.client.request(
      'POST',
      '/checkpoints',
      JSON.stringify({ checkpoint_type: 'VAE', filenames: [{ filename: 'resumed.pt', parts_number: 2 }] }),
    );
    const { s3PresignUrl } = announced.body.data as unknown as { s3PresignUrl: Record<string, string[]> };
    await uploadParts(s3PresignUrl['resumed.pt'] ?? [], [bytes.subarray(0, 32 * mebibyte)]);
    expect(await checkpoints('push', path, '--type', 'VAE')).toMatchObject({ code: 0, json: { resumed: true } });
    const into = join(home, 'again');
    const partial = join(into, `.resumed.pt.${sha256(bytes).slice(0, 16)}.part`);
    await mkdir(into);
    await writeFile(partial, bytes);
    await truncate(partial, 10 * mebibyte);
    expect(await checkpoints('pull', 'resumed.pt', '--into', into)).toMatchObject({ code: 0 });
    expect(sha256(await readFile(join(into, 'resumed.pt')))).toBe(sha256(bytes));
    expect(await checkpoints('push', path, '--type', 'VAE')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('already exists'),
    });
  });

  it('does not take what came damaged for whole', async () => {
    const bytes = randomBytes(1000);
    await checkpoints('push', await fileOf('sound.pt', bytes), '--type', 'VAE');
    const into = join(home, 'damaged');
    await mkdir(into);
    await writeFile(join(into, `.sound.pt.${sha256(bytes).slice(0, 16)}.part`), randomBytes(500));
    expect(await checkpoints('pull', 'sound.pt', '--into', into)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('digest'),
    });
    expect(await readdir(into)).toEqual([]);
    expect(await checkpoints('pull', 'sound.pt', '--into', into)).toMatchObject({ code: 0 });
  });

  it('sends a folder, and lays it out again', async () => {
    await fileOf('my-model/config.json', Buffer.from('{}'));
    await fileOf('my-model/onnx/weights.bin', randomBytes(mebibyte));
    expect(await checkpoints('push', join(home, 'my-model'), '--type', 'Upscaler')).toMatchObject({
      code: 0,
      json: { names: ['my-model'] },
    });
    const into = join(home, 'laid-out');
    expect(await checkpoints('pull', 'my-model', '--into', into)).toMatchObject({ code: 0 });
    for (const name of ['config.json', 'onnx/weights.bin'])
      expect(sha256(await readFile(join(into, 'my-model', name)))).toBe(
        sha256(await readFile(join(home, 'my-model', name))),
      );
    expect(await readdir(into)).toEqual(['my-model']);
  });

  it('leaves what lies beside a folder that it lays out', async () => {
    await fileOf('kept-model/config.json', Buffer.from('{}'));
    await checkpoints('push', join(home, 'kept-model'), '--type', 'Lora');
    await fileOf('beside/kept-model.tar', Buffer.from('mine'));
    await fileOf('beside/kept-model.part/mine.txt', Buffer.from('mine'));
    const into = join(home, 'beside');
    expect(await checkpoints('pull', 'kept-model', '--into', into)).toMatchObject({ code: 0 });
    expect((await readdir(into)).toSorted()).toEqual(['kept-model', 'kept-model.part', 'kept-model.tar']);
    expect(await readFile(join(into, 'kept-model.tar'), 'utf8')).toBe('mine');
    expect(await readdir(join(into, 'kept-model.part'))).toEqual(['mine.txt']);
  });

  it('sends no folder with a link in it: the model would lack a file', async () => {
    const real = await fileOf('real.safetensors', randomBytes(10));
    await fileOf('linked/config.json', Buffer.from('{}'));
    await symlink(real, join(home, 'linked/model.safetensors'));
    expect(await checkpoints('push', join(home, 'linked'), '--type', 'Lora')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('model.safetensors is a link'),
    });
  });

  it.each([
    ['nothing to send', ['push', 'nowhere', '--type', 'Lora'], 'cannot read nowhere'],
    ['a type that is none', ['push', 'nowhere', '--type', 'lora'], 'It is one of'],
  ])('says what is wrong: %s', async (_name, args, message) => {
    expect(await checkpoints(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  it('shows a bar to people', async () => {
    const path = await fileOf('shown.pt', randomBytes(1000));
    const env = { INFERMESH_URL: bench.url, INFERMESH_API_KEY: bench.adminKey };
    const { code, stdout, stderr } = await runCommand(['checkpoints', 'push', path, '--type', 'VAE'], { home, env });
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^sent shown\.pt {2}1000 B {2}\(checkpoint [0-9a-f-]{36}\)\n$/u),
    ]);
    expect(stderr).toMatch(/upload \[#{24}\] 100 % {2}1000 B of 1000 B/u);
  });
});
