import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';

/** `models/bundled.json`: the checkpoints that come with the mesh. */
const manifest = z.array(
  z.object({
    /** Unique among the checkpoints of its type. */
    name: z.string().min(1).max(200),
    /** What kind of job uses it, for example `Upscaler`. */
    type: z.string().min(1).max(100),
    /** The file's name in the object store and in a worker's cache. */
    file: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/u, 'must be a plain file name'),
    /** Where the file lies, from the manifest's folder. */
    path: z.string().min(1),
  }),
);

export interface BundledFile {
  readonly name: string;
  readonly type: string;
  readonly file: string;
  /** Absolute. */
  readonly path: string;
}

/** @throws MeshError CONFIG_INVALID when the manifest cannot be read or is not one */
export async function readBundledManifest(path: string): Promise<BundledFile[]> {
  const parsed = manifest.safeParse(await readJson(path));
  if (!parsed.success) throw new MeshError('CONFIG_INVALID', `${path} is not valid: ${z.prettifyError(parsed.error)}`);
  const folder = dirname(path);
  return parsed.data.map((entry) => ({ ...entry, path: resolve(folder, entry.path) }));
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new MeshError('CONFIG_INVALID', `${path} cannot be read as JSON`, { cause });
  }
}
