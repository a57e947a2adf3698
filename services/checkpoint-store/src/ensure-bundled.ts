import { createReadStream } from 'node:fs';
import type { CheckpointRef } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { objectKeys, type ObjectStore } from '@infermesh/object-store';
import type { Logger } from '@infermesh/telemetry';
import { readBundledManifest, type BundledFile } from './bundled-manifest.js';
import { bundledCheckpointId } from './checkpoint-id.js';
import { putBundledCheckpoint } from './records/bundled-checkpoint.js';
import { digestFile } from './file-digest.js';

export interface EnsureBundledOptions {
  /** Path of the manifest, for example `models/bundled.json`. */
  readonly manifest: string;
  readonly database: Database;
  readonly objectStore: ObjectStore;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Puts the checkpoints of the manifest into the object store and the catalogue, those that are not there yet. A file
 * that has changed gets a new id and a new object, and takes over the row; the old object stays, jobs that wait hold it.
 * Any number of processes may do it at the same time.
 *
 * @throws MeshError CONFIG_INVALID, OBJECT_CORRUPT when a file changes meanwhile, STORAGE_UNAVAILABLE, DATABASE_UNAVAILABLE
 */
export async function ensureBundled(options: EnsureBundledOptions): Promise<void> {
  for (const file of await readBundledManifest(options.manifest)) {
    const ref = await describe(file);
    const uploaded = await uploadOnce(options, file.path, ref);
    const listed = await putBundledCheckpoint(options.database, ref);
    const { id, type, name, sizeBytes } = ref;
    if (listed)
      options.logger.info({ checkpointId: id, type, name, sizeBytes, uploaded }, 'bundled checkpoint in place');
    else options.logger.warn({ type, name }, 'bundled checkpoint left out: a tenant has one of that name');
  }
}

async function describe({ type, name, file, path }: BundledFile): Promise<CheckpointRef> {
  const { sizeBytes, sha256 } = await digestFile(path).catch((cause: unknown) => {
    throw new MeshError('CONFIG_INVALID', `bundled checkpoint ${path} cannot be read`, { cause });
  });
  const id = bundledCheckpointId({ type, name, sha256 });
  return { id, type, name, file, objectKey: objectKeys.checkpointFile({ checkpointId: id, file }), sizeBytes, sha256 };
}

/** The key holds the digest, so an object of the right length is the right object. */
async function uploadOnce(
  { objectStore, signal }: EnsureBundledOptions,
  path: string,
  ref: CheckpointRef,
): Promise<boolean> {
  const { objectKey, sizeBytes, sha256 } = ref;
  const stored = await objectStore.find(objectKey, signal);
  if (stored?.sizeBytes === sizeBytes) return false;
  await objectStore.put(objectKey, createReadStream(path), { sizeBytes, sha256, signal });
  return true;
}
