import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { defaultLimits, extractTar } from '@infermesh/archive';
import { ApiError, ConnectionError, UsageError } from '../errors.js';
import { bodyChunks, send } from '../transport.js';
import type { CheckpointApi } from './checkpoint-api.js';
import type { TransferProgress } from './push-checkpoint.js';
import type { CheckpointInfo } from './records.js';

export interface PullOptions {
  /** The folder that the files, or the folder of that name, are put in. @default the working folder */
  readonly into?: string | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PulledCheckpoint {
  readonly id: string;
  /** Files, or the one folder. */
  readonly paths: readonly string[];
  readonly sizeBytes: number;
}

interface Piece {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly url: string;
}

/** A day: what bounds a transfer is that it moves. */
const timeoutMs = 86_400_000;
const maxTries = 5;

/** The checkpoint of a name or an id. @throws UsageError when there is none, or when it is not unique */
export async function findCheckpoint(
  api: CheckpointApi,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<CheckpointInfo> {
  const all = await api.list({}, { signal });
  const found = all.find(
    ({ id, names, status }) => id === nameOrId || (names.includes(nameOrId) && status !== 'Failed'),
  );
  const failed = all.find(({ names }) => names.includes(nameOrId));
  const one = found ?? failed;
  if (one !== undefined) return one;
  throw new UsageError(`there is no checkpoint ${nameOrId}`, 'See what there is with: infermesh checkpoints ls');
}

/**
 * Saves a checkpoint: whole files of the right digest, or none. A download that was broken off is gone on with. What is there under
 * the name with other bytes is left alone.
 *
 * @throws UsageError, ApiError, ConnectionError, DeadlineError, or the signal's reason
 */
export async function pullCheckpoint(
  api: CheckpointApi,
  nameOrId: string,
  options: PullOptions = {},
): Promise<PulledCheckpoint> {
  const { into = '.', signal } = options;
  const { id } = await findCheckpoint(api, nameOrId, signal);
  const { checkpoint, files, archive } = await api.content(id, { signal });
  await mkdir(into, { recursive: true });
  if (checkpoint.isFolder) {
    if (archive === null) throw notReady(nameOrId);
    const folder = join(into, safeName(checkpoint.names[0] ?? id));
    if (await isThere(folder)) throw isInTheWay(folder);
    const { size: sizeBytes, sha256, url } = archive;
    const packed = { path: besideOf(folder, sha256, 'tar'), sizeBytes, sha256, url };
    await download(packed, options);
    await layOut(packed.path, folder, besideOf(folder, sha256, 'folder'));
    return { id, paths: [folder], sizeBytes: archive.size };
  }
  const pieces = files.map(({ filename, size, sha256, url }): Piece => {
    if (size === null || sha256 === null || url === null) throw notReady(filename);
    return { path: join(into, safeName(filename)), sizeBytes: size, sha256, url };
  });
  for (const piece of pieces) await download(piece, options);
  return {
    id,
    paths: pieces.map(({ path }) => path),
    sizeBytes: pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

function notReady(name: string): ApiError {
  return new ApiError({
    status: 200,
    code: 'CHECKPOINT_NOT_FOUND',
    message: `${name} is not ready: the mesh has not read it yet`,
    hint: 'See its status with: infermesh checkpoints ls',
  });
}

function isInTheWay(path: string): UsageError {
  return new UsageError(`${path} is there already`, 'Move it away, or name another place with --into.');
}

/** What a server calls a file must not lead out of the folder. */
function safeName(name: string): string {
  const plain = basename(name);
  if (plain !== '' && plain !== '.' && plain !== '..') return plain;
  throw new UsageError(`${name} cannot be the name of a file`, 'Ask its owner to rename the checkpoint.');
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** A hidden name that no file of the user's has: what lies there is ours to remove. */
function besideOf(path: string, sha256: string, ending: string): string {
  return join(dirname(path), `.${basename(path)}.${sha256.slice(0, 16)}.${ending}`);
}

/** A hidden file beside it, named after the digest, takes the bytes, and stays when the download breaks off. */
async function download(piece: Piece, options: PullOptions): Promise<void> {
  const present = await digestOf(piece.path);
  if (present === piece.sha256) return;
  if (present !== undefined) throw isInTheWay(piece.path); // it may be the only copy of somebody's work
  const partial = besideOf(piece.path, piece.sha256, 'part');
  for (let tryNumber = 1; ; tryNumber += 1) {
    try {
      await appendRest(partial, piece, options);
      break;
    } catch (error) {
      if (!(error instanceof ConnectionError) || tryNumber === maxTries) throw error;
    }
  }
  options.onProgress?.({ step: 'verify' });
  if ((await digestOf(partial)) !== piece.sha256) {
    await rm(partial, { force: true });
    throw new ApiError({
      status: 200,
      code: 'OBJECT_CORRUPT',
      message: `what arrived of ${basename(piece.path)} has not the digest that the mesh knows`,
      hint: 'Pull it again.',
    });
  }
  await rename(partial, piece.path);
}

async function appendRest(
  partial: string,
  { url, sizeBytes }: Piece,
  { onProgress, signal }: PullOptions,
): Promise<void> {
  let doneBytes = (await stat(partial).catch(() => undefined))?.size ?? 0;
  onProgress?.({ step: 'download', doneBytes, totalBytes: sizeBytes });
  if (doneBytes >= sizeBytes) return;
  const headers = doneBytes === 0 ? {} : { range: `bytes=${doneBytes}-` };
  await send({ method: 'GET', url, headers, repeat: 'never', timeoutMs, signal, peer: 'store' }, async (response) => {
    const isRest = response.status === 206;
    if (!isRest) doneBytes = 0;
    const file = await open(partial, isRest ? 'a' : 'w', 0o600);
    try {
      for await (const chunk of bodyChunks(response)) {
        await file.writeFile(chunk);
        doneBytes += chunk.byteLength;
        onProgress?.({ step: 'download', doneBytes, totalBytes: sizeBytes });
      }
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

async function digestOf(path: string): Promise<string | undefined> {
  if (!(await isThere(path))) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>)
    hash.update(chunk);
  return hash.digest('hex');
}

async function layOut(archive: string, folder: string, partial: string): Promise<void> {
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial);
  await extractTar(createReadStream(archive) as AsyncIterable<Buffer>, partial, defaultLimits);
  await rename(partial, folder);
  await rm(archive, { force: true });
}
