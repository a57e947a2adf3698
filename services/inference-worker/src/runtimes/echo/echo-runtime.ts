import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshError } from '@infermesh/errors';
import { confinedPath, type Runtime } from '@infermesh/model-runtime';
import { z } from 'zod';
import { runtimeItem, runtimeResult, type RuntimeItemInput, type RuntimeResult } from '../runtime-item.js';

type Output = RuntimeResult['outputs'][number];

const fields = z.record(z.string().regex(/^[a-z][a-z0-9_]{0,99}$/u), z.unknown());
const maxMedia = 99;

/**
 * Hands back what it is given, so that an operator sees the whole way of a job without a model. Fields that are data URLs, or
 * lists of them, become files named after the field; the others are the result.
 */
export const echoRuntime: Runtime<unknown, RuntimeItemInput, RuntimeResult> = {
  kind: 'echo',
  schema: { options: z.unknown(), item: runtimeItem, result: runtimeResult },
  load: ({ scratchFolder }) =>
    Promise.resolve({
      maxBatch: 16,
      run: async (batch) => {
        await Promise.all(
          batch.map(async (job) => {
            try {
              job.succeed(await echo(job.item, scratchFolder));
            } catch (error) {
              job.fail(error);
            }
          }),
        );
      },
      dispose: () => Promise.resolve(),
    }),
};

/** @throws MeshError PAYLOAD_INVALID */
async function echo(item: RuntimeItemInput, scratchFolder: string): Promise<RuntimeResult> {
  const given = await readFields(item, scratchFolder);
  const folder = await confinedPath(scratchFolder, item.outputFolder);
  const outputs: Output[] = [];
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const media = mediaOf(name, value);
    if (media === undefined) result[name] = value;
    for (const { file, url } of media ?? []) outputs.push(await writeMedium(folder, file, url));
  }
  if (outputs.length > maxMedia) throw new MeshError('PAYLOAD_INVALID', `at most ${maxMedia} media are handed back`);
  return { outputs, result };
}

async function readFields(
  { payloadPath, inputs }: RuntimeItemInput,
  scratchFolder: string,
): Promise<Record<string, unknown>> {
  const value: unknown =
    payloadPath === null ? inputs : JSON.parse(await readFile(await confinedPath(scratchFolder, payloadPath), 'utf8'));
  const parsed = fields.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new MeshError(
    'PAYLOAD_INVALID',
    'the payload must be a JSON object; its names are small letters, digits and _',
  );
}

interface Medium {
  readonly file: string;
  readonly url: string;
}

/** Undefined when the value holds no media. */
function mediaOf(name: string, value: unknown): readonly Medium[] | undefined {
  if (isDataUrl(value)) return [{ file: name, url: value }];
  if (!Array.isArray(value) || value.length === 0 || !value.every(isDataUrl)) return undefined;
  return value.map((url, index) => ({ file: `${name}.${index}`, url }));
}

function isDataUrl(value: unknown): value is string {
  return typeof value === 'string' && /^data:[^,]{0,200};base64,/u.test(value.slice(0, 256));
}

async function writeMedium(folder: string, name: string, url: string): Promise<Output> {
  const comma = url.indexOf(',');
  const path = join(folder, name);
  await writeFile(path, Buffer.from(url.slice(comma + 1), 'base64'), { mode: 0o600 });
  return {
    name,
    path,
    mediaType: url.slice('data:'.length, url.indexOf(';')).slice(0, 200) || 'application/octet-stream',
  };
}
