import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MediaLimits, MediaSource } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { objectKeys, type ObjectStore, type PresignedPut } from '@infermesh/object-store';
import type { Logger } from '@infermesh/telemetry';
import { byteMeter } from './byte-meter.js';

export interface TransfersOptions {
  readonly objectStore: ObjectStore;
  readonly storeOrigins: readonly string[];
  readonly limits: Readonly<Record<keyof MediaLimits, number>>;
  readonly logger: Logger;
  /** How long what was used is kept, for the client to fetch it; default 2 minutes. */
  readonly keepUsedMs?: number | undefined;
  /** How long what was uploaded and never used is kept; default an hour. */
  readonly keepUnusedMs?: number | undefined;
}

const urlSeconds = 900;
const removeEveryMs = 15_000;
const sweepEveryMs = 600_000;
/** Larger sources go to a file at once. */
const heldBytes = 8 * 1024 * 1024;

interface OpenTransfer {
  readonly transferId: string;
  readonly put: PresignedPut;
}

/** What is too large for a message: its way through the object store. */
export class Transfers implements AsyncDisposable {
  readonly #options: TransfersOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #stop = new AbortController();
  /** Keys that are no longer needed after a time, in the order of those times. */
  #used: { readonly key: string; readonly until: number }[] = [];

  constructor(options: TransfersOptions) {
    this.#options = options;
    const { keepUsedMs = 120_000 } = options;
    this.#timers = [
      setInterval(() => void this.#removeUsed(Date.now()), Math.min(removeEveryMs, keepUsedMs)).unref(),
      setInterval(() => void this.sweep(), sweepEveryMs).unref(),
    ];
  }

  async open(count: number): Promise<{ transfers: OpenTransfer[]; lifetimeMs: number; maxBytes: number }> {
    const { maxBytes } = this.#options.limits;
    const transfers = await Promise.all(Array.from({ length: count }, () => this.#openOne(maxBytes)));
    return { transfers, lifetimeMs: urlSeconds * 1000, maxBytes };
  }

  async #openOne(maxBytes: number): Promise<OpenTransfer> {
    const transferId = randomUUID();
    const key = objectKeys.mediaInput(transferId);
    const put = await this.#options.objectStore.presignPut(key, { expiresInSeconds: urlSeconds, maxBytes });
    return { transferId, put };
  }

  /**
   * The bytes of a source, or where they were put.
   *
   * @param folder makes the folder for what is not held in memory
   * @throws MeshError MEDIA_TOO_LARGE, OBJECT_NOT_FOUND, OUTBOUND_REFUSED for a URL that leads elsewhere, STORAGE_UNAVAILABLE
   */
  async read(source: MediaSource, folder: () => Promise<string>, signal: AbortSignal): Promise<Uint8Array | string> {
    if (source.kind === 'inline') return Buffer.from(source.base64, 'base64');
    const { body, sizeBytes } = await this.#openSource(source, signal);
    try {
      this.#checkBytes(sizeBytes);
      if (sizeBytes <= heldBytes) return await readHeld(body);
      const metered = byteMeter(this.#options.limits.maxBytes);
      const path = join(await folder(), 'source');
      await pipeline(body, metered, createWriteStream(path, { mode: 0o600 }), { signal });
      return path;
    } finally {
      body.destroy();
    }
  }

  /** @returns where to get the output */
  async deliver(bytes: Uint8Array, signal: AbortSignal): Promise<{ url: string; sizeBytes: number }> {
    const key = objectKeys.mediaOutput(randomUUID());
    try {
      await this.#options.objectStore.put(key, bytes, { signal });
    } finally {
      this.#markUsed(key);
    }
    const url = await this.#options.objectStore.presignGet(key, { expiresInSeconds: urlSeconds });
    return { url, sizeBytes: bytes.byteLength };
  }

  /** Removes what callers that died have left. */
  async sweep(): Promise<void> {
    const { objectStore, logger, keepUnusedMs = 3_600_000 } = this.#options;
    const { signal } = this.#stop;
    try {
      const old: string[] = [];
      for await (const { key, lastModified } of objectStore.list(objectKeys.mediaTransfers, { signal })) {
        if (Date.now() - lastModified.getTime() > keepUnusedMs) old.push(key);
      }
      if (old.length > 0) await objectStore.delete(old, signal);
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, 'left media could not be swept');
    }
  }

  /** Removes at once what was used. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#removeUsed(Number.POSITIVE_INFINITY);
    this.#stop.abort();
  }

  #markUsed(key: string): void {
    const { keepUsedMs = 120_000 } = this.#options;
    this.#used.push({ key, until: Date.now() + keepUsedMs });
  }

  async #removeUsed(now: number): Promise<void> {
    const due = this.#used.filter(({ until }) => until <= now);
    if (due.length === 0) return;
    this.#used = this.#used.filter(({ until }) => until > now);
    const { objectStore, logger } = this.#options;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(10_000)]);
    await objectStore
      .delete(
        due.map(({ key }) => key),
        signal,
      )
      .catch((error: unknown) => {
        logger.warn({ err: error, count: due.length }, 'used media could not be removed; the sweep will');
      });
  }

  #openSource(
    source: Exclude<MediaSource, { kind: 'inline' }>,
    signal: AbortSignal,
  ): Promise<{ body: Readable; sizeBytes: number }> {
    if (source.kind === 'url') return this.#fetch(source.url, signal);
    const key = objectKeys.mediaInput(source.transferId);
    this.#markUsed(key);
    return this.#options.objectStore.get(key, { signal });
  }

  #checkBytes(sizeBytes: number): void {
    const { maxBytes } = this.#options.limits;
    if (sizeBytes > maxBytes)
      throw new MeshError('MEDIA_TOO_LARGE', `the file has ${sizeBytes} bytes; at most ${maxBytes} are allowed`);
  }

  /** A presigned URL of our own store; what lies outside comes in through packages/outbound, at the caller's. */
  async #fetch(text: string, signal: AbortSignal): Promise<{ body: Readable; sizeBytes: number }> {
    const url = new URL(text);
    if (!this.#options.storeOrigins.includes(url.origin))
      throw new MeshError('OUTBOUND_REFUSED', 'media are read from the mesh’s own object store only');
    const answer = await fetch(url, { signal, redirect: 'error' }).catch((cause: unknown) => {
      throw new MeshError('STORAGE_UNAVAILABLE', 'the object store does not answer', { cause });
    });
    if (answer.status === 200 && answer.body !== null)
      return { body: Readable.fromWeb(answer.body), sizeBytes: Number(answer.headers.get('content-length') ?? 0) };
    await answer.body?.cancel();
    if (answer.status === 404) throw new MeshError('OBJECT_NOT_FOUND', 'the media were never uploaded');
    if (answer.status === 403) throw new MeshError('FORBIDDEN', 'the URL of the media has expired');
    throw new MeshError('STORAGE_UNAVAILABLE', `the object store answered ${answer.status} for the media`);
  }
}

/** Whatever length was claimed, no more is held. @throws MeshError MEDIA_TOO_LARGE */
async function readHeld(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > heldBytes) throw new MeshError('MEDIA_TOO_LARGE', 'the file is larger than its length says');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
}
