import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, type Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
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
  /** Time between two sweeps; default 10 minutes. */
  readonly sweepEveryMs?: number;
  /** How old what is swept must be; default an hour. */
  readonly lifetimeMs?: number;
}

const urlSeconds = 900;
/** Larger sources go to a file at once. */
const heldBytes = 8 * 1024 * 1024;

/** What is too large for a message: its way through the object store. */
export class Transfers implements AsyncDisposable {
  readonly #options: TransfersOptions;
  readonly #sweeping: NodeJS.Timeout;
  readonly #stop = new AbortController();

  constructor(options: TransfersOptions) {
    this.#options = options;
    this.#sweeping = setInterval(() => void this.sweep(), options.sweepEveryMs ?? 600_000).unref();
  }

  /** @throws MeshError MEDIA_TOO_LARGE */
  async open(sizeBytes: number): Promise<{ transferId: string; put: PresignedPut }> {
    this.#checkBytes(sizeBytes);
    const transferId = randomUUID();
    const put = await this.#options.objectStore.presignPut(objectKeys.mediaInput(transferId), {
      expiresInSeconds: urlSeconds,
      sizeBytes,
    });
    return { transferId, put };
  }

  async close(transferId: string, signal: AbortSignal): Promise<void> {
    const keys = [objectKeys.mediaInput(transferId), objectKeys.mediaOutput(transferId)];
    await this.#options.objectStore.delete(keys, signal);
  }

  /**
   * The bytes of a source, or where they were put.
   *
   * @param folder for what is not held in memory
   * @throws MeshError MEDIA_TOO_LARGE, OBJECT_NOT_FOUND, OUTBOUND_REFUSED for a URL that leads elsewhere, STORAGE_UNAVAILABLE
   */
  async read(source: MediaSource, folder: string, signal: AbortSignal): Promise<Uint8Array | string> {
    if (source.kind === 'inline') return Buffer.from(source.base64, 'base64');
    const { body, sizeBytes } =
      source.kind === 'transfer'
        ? await this.#options.objectStore.get(objectKeys.mediaInput(source.transferId), { signal })
        : await this.#fetch(source.url, signal);
    try {
      this.#checkBytes(sizeBytes);
      const metered = byteMeter(this.#options.limits.maxBytes);
      if (sizeBytes <= heldBytes) return await readInto(body, metered, signal);
      const path = join(folder, 'source');
      await pipeline(body, metered, createWriteStream(path, { mode: 0o600 }), { signal });
      return path;
    } finally {
      body.destroy();
    }
  }

  /** Puts an output beside its source, or under a name of its own. @returns where to get it */
  async deliver(
    bytes: Uint8Array,
    source: MediaSource,
    signal: AbortSignal,
  ): Promise<{ url: string; sizeBytes: number }> {
    const key = objectKeys.mediaOutput(source.kind === 'transfer' ? source.transferId : randomUUID());
    await this.#options.objectStore.put(key, bytes, { signal });
    const url = await this.#options.objectStore.presignGet(key, { expiresInSeconds: urlSeconds });
    return { url, sizeBytes: bytes.byteLength };
  }

  /** Removes what callers that died have left. */
  async sweep(): Promise<void> {
    const { objectStore, logger, lifetimeMs = 3_600_000 } = this.#options;
    const { signal } = this.#stop;
    try {
      const old: string[] = [];
      for await (const { key, lastModified } of objectStore.list(objectKeys.mediaTransfers, { signal })) {
        if (Date.now() - lastModified.getTime() > lifetimeMs) old.push(key);
      }
      if (old.length > 0) await objectStore.delete(old, signal);
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, 'left media could not be swept');
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeping);
    this.#stop.abort();
    return Promise.resolve();
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

async function readInto(body: Readable, metered: Transform, signal: AbortSignal): Promise<Uint8Array> {
  const [held] = await Promise.all([buffer(metered), pipeline(body, metered, { signal })]);
  return held;
}
