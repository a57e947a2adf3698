import { createHash } from 'node:crypto';
import { mkdir, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { checkOnnxFile, startModelProcess, type CheckpointFile, type RunOptions } from '../src/index.js';
import { Bench } from './bench.js';
import { externalWeight, message, model, node } from './onnx-writer.js';

const doubling = model({ nodes: [node('Add', ['x', 'x'], 'y')], metadata: { scale: '2', author: 'us' } });

async function write(bench: Bench, bytes: Buffer, name = 'model.onnx'): Promise<CheckpointFile> {
  const path = join(bench.folder, name);
  await writeFile(path, bytes);
  return { path, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function addOne(location: string): Buffer {
  return model({ nodes: [node('Add', ['x', 'w'], 'y')], initializers: [externalWeight(location)] });
}

describe('checkOnnxFile', () => {
  it('passes a sound model and reads its metadata', async () => {
    await using bench = await Bench.open();
    const { metadata } = await checkOnnxFile(await write(bench, doubling));
    expect([...metadata]).toEqual([
      ['scale', '2'],
      ['author', 'us'],
    ]);
  });

  it.each([
    [
      'an operator of a foreign domain',
      model({ nodes: [node('Run', ['x'], 'y', 'com.evil')] }),
      'operator com.evil:Run',
    ],
    [
      'an operator that opens files',
      model({ nodes: [node('EPContext', ['x'], 'y', 'com.microsoft')] }),
      'com.microsoft:EPContext',
    ],
    [
      'an operator that opens files, behind a function of its name',
      model({
        nodes: [node('EPContext', ['x'], 'y', 'com.microsoft')],
        more: [[25, message([1, 'EPContext'], [10, 'com.microsoft'], [7, node('Add', ['a', 'a'], 'b')])]],
      }),
      'com.microsoft:EPContext',
    ],
    [
      'a foreign operator in a branch of a branch',
      model({
        nodes: [
          node('If', ['x'], 'y', '', [
            5,
            message([
              6,
              message([1, node('If', [], 'z', '', [5, message([11, message([1, node('Run', [], 'q', 'evil')])])])]),
            ]),
          ]),
        ],
      }),
      'operator evil:Run',
    ],
    [
      'a foreign operator in the body of a function',
      model({
        nodes: [node('Mine', ['x'], 'y', 'own')],
        more: [[25, message([1, 'Mine'], [10, 'own'], [7, node('Run', ['a'], 'b', 'evil')])]],
      }),
      'operator evil:Run',
    ],
    ['weights above its folder', addOne('../weights'), 'external data lies outside its folder'],
    ['weights at an absolute path', addOne('/etc/passwd'), 'external data lies outside its folder'],
    ['weights behind a link', addOne('link'), 'external data lies outside its folder'],
    ['weights that are missing', addOne('gone'), 'external data "gone" is missing'],
    [
      'external data in a constant of a node',
      model({ nodes: [node('Constant', [], 'y', '', [5, message([5, externalWeight('../w')])])] }),
      'outside its folder',
    ],
    ['a truncated model', doubling.subarray(0, doubling.length - 3), 'no ONNX model, or a truncated one'],
    ['text', Buffer.from('hello, this is no model at all'), 'no ONNX model'],
    ['nothing', Buffer.alloc(0), 'it is empty'],
    ['a message without a graph', message([1, 8]), 'holds no ONNX graph'],
    ['a PyTorch archive', Buffer.from('PK\x03\x04archive/data.pkl'), 'zip archive'],
    ['a pickle', Buffer.from([0x80, 2, 0x7d]), 'Python pickle'],
    ['safetensors', Buffer.from('\x40\0\0\0\0\0\0\0{"__metadata__":{}}', 'latin1'), 'safetensors'],
  ])('refuses %s', async (_name, bytes, why) => {
    await using bench = await Bench.open();
    await writeFile(join(bench.folder, 'outside'), Buffer.alloc(8));
    const folder = join(bench.folder, 'models');
    await mkdir(folder);
    await symlink('../outside', join(folder, 'link'));
    const file = await write(bench, bytes, 'models/model.onnx');
    const error = await checkOnnxFile(file).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining(why) as unknown });
  });

  it('lets functions of the file itself pass', async () => {
    await using bench = await Bench.open();
    const local = model({
      nodes: [node('Mine', ['x'], 'y', 'own')],
      more: [[25, message([1, 'Mine'], [10, 'own'], [7, node('Add', ['a', 'a'], 'b')])]],
    });
    await expect(checkOnnxFile(await write(bench, local))).resolves.toBeDefined();
  });

  it('refuses a graph nested beyond reason', async () => {
    await using bench = await Bench.open();
    let branch = node('Add', ['x', 'x'], 'y');
    for (let depth = 0; depth < 40; depth += 1)
      branch = node('If', ['x'], 'y', '', [5, message([6, message([1, branch])])]);
    await expect(checkOnnxFile(await write(bench, model({ nodes: [branch] })))).rejects.toThrow('graphs nest too deep');
  });

  it('checks size, digest and presence', async () => {
    await using bench = await Bench.open();
    const file = await write(bench, doubling);
    await expect(checkOnnxFile(file, doubling.length - 1)).rejects.toThrow('bytes; at most');
    await expect(checkOnnxFile({ ...file, sha256: '00'.repeat(32) })).rejects.toThrow(
      'its digest differs from the record',
    );
    await rm(file.path);
    await expect(checkOnnxFile(file)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
  });
});

describe('SessionFactory', () => {
  const entry = fileURLToPath(new URL('./session-model-process.mjs', import.meta.url));
  const options = (): RunOptions<{ y: number[] }> => ({
    resultSchema: z.object({ y: z.array(z.number()) }),
    signal: new AbortController().signal,
    deadlineAt: Date.now() + 20_000,
  });

  it('runs a model in the model process and tells where', async () => {
    await using bench = await Bench.open();
    const checkpoints = { model: await write(bench, doubling) };
    await using process = await startModelProcess(
      bench.processOptions({ entry, checkpoints, executionProviders: ['cuda', 'cpu'] }),
    );
    expect(process.info.executionProvider).toBe('cpu');
    await expect(process.run({ x: [1, 2.5, -3] }, options())).resolves.toEqual({ y: [2, 5, -6] });
  });

  it('reads external weights beside the model', async () => {
    await using bench = await Bench.open();
    await writeFile(join(bench.folder, 'weights.bin'), Buffer.from(Float32Array.of(10, 20).buffer));
    const checkpoints = { model: await write(bench, addOne('weights.bin')) };
    await using process = await startModelProcess(bench.processOptions({ entry, checkpoints }));
    await expect(process.run({ x: [1, 2] }, options())).resolves.toEqual({ y: [11, 22] });
  });

  it('keeps to its scratch folder: onnxruntime neither reports to its maker nor keeps a database of it', async () => {
    await using bench = await Bench.open();
    await using home = await Bench.open();
    const checkpoints = { model: await write(bench, doubling) };
    const environment = { HOME: home.folder };
    await using process = await startModelProcess(bench.processOptions({ entry, checkpoints, environment }));
    await process.run({ x: [1] }, options());
    const folder = `/proc/${process.info.pid}/fd`;
    const opened = await Promise.all((await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => '')));
    expect(opened.filter((path) => /\/Microsoft\/|onnxruntime\.db|mat-debug/u.test(path))).toEqual([]);
    expect([await readdir(home.folder), await readdir(bench.folder)]).toEqual([[], ['model.onnx']]);
  });

  it('calls a model that refuses its input MODEL_FAILED, and lives on', async () => {
    await using bench = await Bench.open();
    await writeFile(join(bench.folder, 'weights.bin'), Buffer.from(Float32Array.of(10, 20).buffer));
    const checkpoints = { model: await write(bench, addOne('weights.bin')) };
    await using process = await startModelProcess(bench.processOptions({ entry, checkpoints }));
    await expect(process.run({ x: [1, 2, 3] }, options())).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    await expect(process.run({ x: [1, 2] }, options())).resolves.toEqual({ y: [11, 22] });
  });

  it('refuses what onnxruntime refuses', async () => {
    await using bench = await Bench.open();
    const checkpoints = { model: await write(bench, model({ nodes: [node('NoSuchOperator', ['x'], 'y')] })) };
    await expect(startModelProcess(bench.processOptions({ entry, checkpoints }))).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      message: 'the checkpoint cannot be loaded: onnxruntime refuses the model',
    });
  });
});
