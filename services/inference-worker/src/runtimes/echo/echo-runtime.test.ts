import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startModelProcess, type ModelProcess } from '@infermesh/model-runtime';
import { createLogger } from '@infermesh/telemetry';
import { runtimeResult, type RuntimeResult } from '../runtime-item.js';
import { loadRuntimeTable } from '../runtime-table.js';

let folder: string;
let model: ModelProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'echo-'));
  await mkdir(join(folder, 'outputs'));
  const entry = (await loadRuntimeTable([])).get('echo');
  if (entry === undefined) throw new Error('no runtime does echo jobs');
  model = await startModelProcess({
    entry: entry.entry,
    options: {},
    checkpoints: {},
    executionProviders: ['cpu'],
    threads: 1,
    scratchFolder: folder,
    memoryLimitBytes: 512 * 2 ** 20,
    loadTimeoutMs: 60_000,
    cancelGraceMs: 5_000,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
}, 60_000);

afterAll(async () => {
  await model[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function run(inputs: Record<string, unknown>, payloadPath: string | null = null): Promise<RuntimeResult> {
  const item = {
    jobId: 'j',
    jobType: 'echo',
    inputs,
    payloadPath,
    outputFolder: join(folder, 'outputs'),
    missingCheckpoints: {},
  };
  return model.run(item, {
    resultSchema: runtimeResult,
    signal: AbortSignal.timeout(30_000),
    deadlineAt: Date.now() + 30_000,
  });
}

it('hands values back as its result', async () => {
  expect(await run({ text: 'hello', list: [1, { a: null }] })).toEqual({
    outputs: [],
    result: { text: 'hello', list: [1, { a: null }] },
  });
});

it('writes media to files named after their fields, from a payload file too', async () => {
  const url = (bytes: string, type: string): string => `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
  const payload = { image: url('one', 'image/png'), images: [url('two', 'image/png'), url('three', '')], value: 5 };
  const path = join(folder, 'payload');
  await writeFile(path, JSON.stringify(payload));
  const { outputs, result } = await run({ not: 'read' }, path);
  expect(result).toEqual({ value: 5 });
  expect(outputs.map(({ name, mediaType }) => [name, mediaType])).toEqual([
    ['image', 'image/png'],
    ['images.0', 'image/png'],
    ['images.1', 'application/octet-stream'],
  ]);
  const texts = await Promise.all(outputs.map(({ path: written }) => readFile(written, 'utf8')));
  expect(texts).toEqual(['one', 'two', 'three']);
});

it.each([
  ['a list', '[]'],
  ['a name that is no file', '{"../x": "data:;base64,AAAA"}'],
])('refuses %s', async (_name, text) => {
  const path = join(folder, 'bad');
  await writeFile(path, text);
  await expect(run({}, path)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
});
