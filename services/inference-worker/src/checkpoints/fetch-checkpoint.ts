import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultLimits, extractTar } from '@infermesh/archive';
import type { CheckpointRef } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { downloadFile } from '../download-file.js';
import type { ObjectConnections } from '../object-connections.js';
import { lockPath, partEnding, touchEntry } from './cache-folder.js';
import { takeLock } from './folder-lock.js';

export type CheckpointSource = CheckpointRef & { readonly url: string };

/** Where the file, or the folder, lies in its entry. */
function targetOf(entry: string, { file, layout }: CheckpointSource): string {
  return join(entry, layout === 'folder' ? 'folder' : file.replace(/[^A-Za-z0-9._-]/gu, '_'));
}

async function isPresent(target: string, { sizeBytes, layout }: CheckpointSource): Promise<boolean> {
  const found = await stat(target).catch(() => undefined);
  return layout === 'folder' ? found?.isDirectory() === true : found?.size === sizeBytes;
}

interface Fetching {
  readonly connections: ObjectConnections;
  /** Makes room. */
  readonly beforeDownload: () => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Brings a checkpoint into its entry of the cache, unless it is there. What appears under its name is whole, and of the right digest.
 *
 * @returns the path of the file, or of the folder
 * @throws MeshError CHECKPOINT_CORRUPT, CHECKPOINT_NOT_FOUND, STORAGE_UNAVAILABLE; the signal's reason when it is aborted
 */
export async function fetchCheckpoint(
  entry: string,
  checkpoint: CheckpointSource,
  { beforeDownload, ...means }: Fetching,
): Promise<string> {
  const target = targetOf(entry, checkpoint);
  if (!(await isPresent(target, checkpoint))) {
    await beforeDownload();
    await mkdir(entry, { recursive: true });
    await using lock = await takeLock(
      lockPath(entry),
      async () => !(await isPresent(target, checkpoint)),
      means.signal,
    );
    if (lock !== undefined) await download(target, checkpoint, means);
  }
  await touchEntry(entry);
  return target;
}

type Means = Omit<Fetching, 'beforeDownload'>;

async function download(target: string, checkpoint: CheckpointSource, means: Means): Promise<void> {
  const partial = `${target}.${randomUUID()}${partEnding}`;
  try {
    await downloadVerified(partial, checkpoint, means);
    if (checkpoint.layout === 'folder') await layOut(partial, target, checkpoint);
    else await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}

async function downloadVerified(
  path: string,
  checkpoint: CheckpointSource,
  { connections, signal }: Means,
): Promise<void> {
  const { url, sizeBytes, name } = checkpoint;
  const what = `checkpoint ${name}`;
  const hash = createHash('sha256');
  const wish = { url, path, maxBytes: sizeBytes, what, hash, signal };
  await downloadFile(connections, wish).catch((error: unknown) => {
    if (!(error instanceof MeshError) || error.code !== 'OBJECT_NOT_FOUND') throw error;
    throw new MeshError('CHECKPOINT_NOT_FOUND', `the file of ${what} is gone from the object store`, { cause: error });
  });
  const sha256 = hash.digest('hex');
  if (sha256 === checkpoint.sha256) return;
  throw new MeshError(
    'CHECKPOINT_CORRUPT',
    `${what} has digest ${sha256.slice(0, 12)}…, its record says ${checkpoint.sha256.slice(0, 12)}…`,
  );
}

async function layOut(archive: string, target: string, { name, sizeBytes }: CheckpointSource): Promise<void> {
  const partial = `${target}.${randomUUID()}${partEnding}`;
  try {
    await mkdir(partial);
    const limits = { ...defaultLimits, maxBytes: sizeBytes };
    await extractTar(createReadStream(archive) as AsyncIterable<Buffer>, partial, limits).catch((error: unknown) => {
      if (!(error instanceof MeshError)) throw error;
      throw new MeshError('CHECKPOINT_CORRUPT', `checkpoint ${name} cannot be laid out: ${error.message}`, {
        cause: error,
      });
    });
    await rename(partial, target).catch((error: unknown) => {
      // another process was faster
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
