import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, UsageError } from '../errors.js';
import type { CheckpointApi, PartTag } from './checkpoint-api.js';
import { planPush, partOf, type PlannedFile, type PushPlan } from './plan-push.js';
import { md5OfPart, putPart } from './put-part.js';
import type { CheckpointContent } from './records.js';

export type TransferProgress =
  | { readonly step: 'upload' | 'download'; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly step: 'verify' };

export interface PushOptions {
  readonly type: string;
  /** Of an archive that shall be unpacked, or another name than the folder's own. */
  readonly folder?: string | undefined;
  readonly message?: string | undefined;
  /** Parts that are sent at a time. @default 4 */
  readonly parallel?: number | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PushedCheckpoint {
  readonly id: string;
  readonly names: readonly string[];
  readonly sizeBytes: number;
  /** Whether an earlier push had been broken off. */
  readonly resumed: boolean;
}

/** A file with what is known of its upload. */
interface Upload {
  readonly file: PlannedFile;
  urls: readonly string[];
  readonly tags: Map<number, string>;
  /** It was put together by an earlier push. */
  readonly isComplete: boolean;
}

const pollMs = 500;

/**
 * Sends a file, an archive or a folder as a checkpoint: its parts side by side. What an earlier push of the same files has sent is
 * not sent again. At the end the digests are compared.
 *
 * @throws UsageError, ApiError, ConnectionError, DeadlineError, or the signal's reason
 */
export async function pushCheckpoint(
  api: CheckpointApi,
  path: string,
  options: PushOptions,
): Promise<PushedCheckpoint> {
  const plan = await planPush(path, options.folder);
  const { id, uploads, resumed } = await begin(api, plan, options);
  await sendParts(api, id, uploads, options);
  const tags = uploads
    .filter(({ isComplete }) => !isComplete)
    .map(({ file, tags: arrived }) => [file.name, tagsOf(arrived)]);
  // ESD refuses an activation that names no parts
  const named = tags.length > 0 ? tags : uploads.map(({ file }) => [file.name, []]);
  await api.activate(id, Object.fromEntries(named) as Record<string, PartTag[]>, options);
  options.onProgress?.({ step: 'verify' });
  await verify(api, id, plan, options);
  return {
    id,
    names: plan.folder === undefined ? plan.files.map(({ name }) => name) : [plan.folder],
    sizeBytes: plan.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    resumed,
  };
}

function tagsOf(arrived: ReadonlyMap<number, string>): PartTag[] {
  return [...arrived]
    .map(([partNumber, etag]) => ({ partNumber, etag }))
    .toSorted((a, b) => a.partNumber - b.partNumber);
}

async function begin(
  api: CheckpointApi,
  plan: PushPlan,
  options: PushOptions,
): Promise<{ id: string; uploads: Upload[]; resumed: boolean }> {
  const { type, message } = options;
  try {
    const { id, urls } = await api.announce({ type, folder: plan.folder, files: plan.files, message }, options);
    const uploads = plan.files.map((file) => ({
      file,
      urls: urls[file.name] ?? [],
      tags: new Map<number, string>(),
      isComplete: false,
    }));
    return { id, uploads, resumed: false };
  } catch (error) {
    if (!(error instanceof ApiError) || !error.message.includes('already exists')) throw error;
    const id = await findBrokenOff(api, plan, options);
    if (id === undefined) throw error;
    return { id, uploads: await Promise.all(plan.files.map((file) => takeUp(api, id, file, options))), resumed: true };
  }
}

async function findBrokenOff(api: CheckpointApi, plan: PushPlan, options: PushOptions): Promise<string | undefined> {
  const names = plan.folder === undefined ? plan.files.map(({ name }) => name) : [plan.folder];
  const all = await api.list({ types: [options.type] }, options);
  return all.find(({ status, names: known }) => status === 'Initial' && known.join('\n') === names.join('\n'))?.id;
}

/** What has arrived counts when it is what lies here. */
async function takeUp(api: CheckpointApi, id: string, file: PlannedFile, options: PushOptions): Promise<Upload> {
  const tags = new Map<number, string>();
  const arrived = await api.arrivedParts(id, file.name, options).catch((error: unknown) => {
    if (error instanceof ApiError && error.message.includes('has ended')) return undefined;
    throw error;
  });
  if (arrived === undefined) return { file, urls: [], tags, isComplete: true };
  if (arrived.parts_number !== file.partCount)
    throw new UsageError(
      `an upload of ${file.name} was begun with other parts`,
      `Remove it first: infermesh checkpoints rm ${id}`,
    );
  for (const { PartNumber: partNumber, ETag: etag, Size: sizeBytes } of arrived.parts) {
    const part = partOf(file, partNumber);
    if (sizeBytes === part.sizeBytes && (await md5OfPart(part)) === etag.replaceAll('"', ''))
      tags.set(partNumber, etag);
  }
  return { file, urls: arrived.s3PresignUrl, tags, isComplete: false };
}

async function sendParts(
  api: CheckpointApi,
  id: string,
  uploads: readonly Upload[],
  options: PushOptions,
): Promise<void> {
  const { onProgress, parallel = 4 } = options;
  const totalBytes = uploads.reduce((sum, { file }) => sum + file.sizeBytes, 0);
  const missing = uploads.flatMap((upload) =>
    upload.isComplete
      ? []
      : numbersOf(upload.file)
          .filter((number) => !upload.tags.has(number))
          .map((partNumber) => ({ upload, partNumber })),
  );
  let doneBytes =
    totalBytes - missing.reduce((sum, { upload, partNumber }) => sum + partOf(upload.file, partNumber).sizeBytes, 0);
  const onBytes = (bytes: number): void => {
    doneBytes += bytes;
    onProgress?.({ step: 'upload', doneBytes, totalBytes });
  };
  onBytes(0);
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  const work = async (): Promise<void> => {
    for (let next = missing.shift(); next !== undefined; next = missing.shift())
      await sendPart(api, id, next.upload, next.partNumber, { ...options, signal, onBytes });
  };
  const sending = Array.from({ length: parallel }, () =>
    work().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  const [first] = (await Promise.allSettled(sending)).filter((result) => result.status === 'rejected');
  if (first !== undefined) throw options.signal?.aborted === true ? options.signal.reason : failed.signal.reason;
}

function numbersOf({ partCount }: PlannedFile): number[] {
  return Array.from({ length: partCount }, (_, index) => index + 1);
}

/** A URL lives an hour; an expired one is renewed, with those of the other parts. */
async function sendPart(
  api: CheckpointApi,
  id: string,
  upload: Upload,
  partNumber: number,
  options: PushOptions & { readonly onBytes: (bytes: number) => void },
): Promise<void> {
  const part = partOf(upload.file, partNumber);
  const put = (): Promise<string> => putPart(upload.urls[partNumber - 1] ?? '', part, options);
  const etag = await put().catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    upload.urls = (await api.arrivedParts(id, upload.file.name, options)).s3PresignUrl;
    return put();
  });
  upload.tags.set(partNumber, etag);
}

/** Waits until the mesh has read the files, and compares what it read with what lies here. */
async function verify(api: CheckpointApi, id: string, plan: PushPlan, options: PushOptions): Promise<void> {
  const isArchive =
    plan.folder !== undefined && plan.files.length === 1 && /\.(?:tar|zip)$/u.test(plan.files[0]?.name ?? '');
  const content = await untilRead(api, id, plan.folder !== undefined, options);
  if (isArchive) return; // the mesh packs it anew: what it holds was checked entry by entry
  for (const { name, path } of plan.files) {
    const known = content.files.find(({ filename }) => filename === name)?.sha256;
    if (known === (await sha256Of(path, options.signal))) continue;
    throw new ApiError({
      status: 200,
      code: 'OBJECT_CORRUPT',
      message: `what the mesh has of ${name} is not what lies here`,
      hint: `Was the file changed meanwhile? Remove it and push again: infermesh checkpoints rm ${id}`,
    });
  }
}

async function untilRead(
  api: CheckpointApi,
  id: string,
  isFolder: boolean,
  options: PushOptions,
): Promise<CheckpointContent> {
  for (;;) {
    const content = await api.content(id, options);
    const { checkpoint, files, archive } = content;
    if (checkpoint.status === 'Failed')
      throw new ApiError({
        status: 200,
        code: 'CHECKPOINT_CORRUPT',
        message: checkpoint.error ?? 'the mesh cannot take the files',
        hint: `Correct what it names; remove this one with: infermesh checkpoints rm ${id}`,
      });
    if (isFolder ? archive !== null : files.every(({ sha256 }) => sha256 !== null)) return content;
    await sleep(pollMs, undefined, { signal: options.signal });
  }
}

async function sha256Of(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
}
