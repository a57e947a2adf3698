import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf } from './errno.js';
import type { Segment } from './object-record.js';
import { createFile, isMissing } from './write-atomically.js';

const readBytes = 128 * 1024;

/** A part of a segment's bytes; `endByte` is not included. */
interface Slice {
  readonly id: string;
  readonly startByte: number;
  readonly endByte: number;
}

function slicesOf(segments: readonly Segment[], startByte: number, endByte: number): Slice[] {
  const slices: Slice[] = [];
  let offset = 0;
  for (const { id, sizeBytes } of segments) {
    const from = Math.max(startByte - offset, 0);
    const to = Math.min(endByte - offset, sizeBytes);
    if (from < to) slices.push({ id, startByte: from, endByte: to });
    offset += sizeBytes;
  }
  return slices;
}

async function* readSlice(file: FileHandle, { id, startByte, endByte }: Slice): AsyncGenerator<Buffer> {
  for (let position = startByte; position < endByte;) {
    const buffer = Buffer.allocUnsafe(Math.min(readBytes, endByte - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, position);
    if (bytesRead === 0) throw new Error(`the data file ${id} is shorter than its record says`);
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * The bytes of a bucket: files under random names that are written once and never changed. One that is being read is
 * removed only after its last reader has gone.
 */
export class DataFiles {
  readonly #folder: string;
  readonly #fsync: boolean;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  constructor(folder: string, { fsync }: { readonly fsync: boolean }) {
    this.#folder = folder;
    this.#fsync = fsync;
  }

  /** Keeps nothing when the source fails. */
  async write(source: AsyncIterable<Buffer>): Promise<Segment> {
    const id = randomBytes(16).toString('hex');
    const file = await createFile(this.#path(id));
    try {
      let sizeBytes = 0;
      try {
        for await (const chunk of source) {
          await file.writeFile(chunk);
          sizeBytes += chunk.byteLength;
        }
        if (this.#fsync) await file.sync();
      } finally {
        await file.close();
      }
      return { id, sizeBytes };
    } catch (error) {
      await rm(this.#path(id), { force: true });
      throw error;
    }
  }

  /**
   * The bytes from `startByte` up to, not including, `endByte`. The files stay from this call on until the generator was
   * read to its end or returned.
   */
  async read(segments: readonly Segment[], startByte: number, endByte: number): Promise<AsyncGenerator<Buffer>> {
    this.#hold(segments);
    const bytes = this.#readHeld(segments, slicesOf(segments, startByte, endByte));
    // A generator that was never started skips its `finally` when it is returned.
    await bytes.next();
    return bytes;
  }

  /** The same bytes under other names; costs no space where the file system has links. */
  async duplicate(segments: readonly Segment[]): Promise<Segment[]> {
    this.#hold(segments);
    const copies: Segment[] = [];
    try {
      for (const segment of segments) copies.push(await this.#duplicateOne(segment));
      return copies;
    } catch (error) {
      await this.remove(copies);
      throw error;
    } finally {
      await this.#release(segments);
    }
  }

  async remove(segments: readonly Segment[]): Promise<void> {
    for (const { id } of segments) {
      if (this.#readers.has(id)) this.#doomed.add(id);
      else await rm(this.#path(id), { force: true });
    }
  }

  /** Removes every file that no record speaks of: what a crash has left. @returns how many */
  async sweep(isKnown: (id: string) => boolean): Promise<number> {
    const fans = await readFolder(this.#folder);
    const removed = await Promise.all(fans.map((fan) => this.#sweepFan(join(this.#folder, fan), isKnown)));
    return removed.reduce((sum, count) => sum + count, 0);
  }

  async #sweepFan(fan: string, isKnown: (id: string) => boolean): Promise<number> {
    const unknown = (await readFolder(fan)).filter((id) => !isKnown(id));
    for (const id of unknown) await rm(join(fan, id), { force: true });
    return unknown.length;
  }

  /** The same bytes at once, for few of them. */
  async readWhole(segments: readonly Segment[], startByte: number, endByte: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of await this.read(segments, startByte, endByte)) chunks.push(chunk);
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  }

  async *#readHeld(segments: readonly Segment[], slices: readonly Slice[]): AsyncGenerator<Buffer> {
    try {
      yield Buffer.alloc(0);
      for (const slice of slices) {
        const file = await open(this.#path(slice.id), 'r');
        try {
          yield* readSlice(file, slice);
        } finally {
          await file.close();
        }
      }
    } finally {
      await this.#release(segments);
    }
  }

  async #duplicateOne({ id, sizeBytes }: Segment): Promise<Segment> {
    const copy = randomBytes(16).toString('hex');
    await mkdir(dirname(this.#path(copy)), { recursive: true, mode: 0o700 });
    try {
      await link(this.#path(id), this.#path(copy));
    } catch {
      await copyFile(this.#path(id), this.#path(copy), constants.COPYFILE_FICLONE);
    }
    return { id: copy, sizeBytes };
  }

  /** Keeps the files from being removed, from this very moment on. */
  #hold(segments: readonly Segment[]): void {
    for (const { id } of segments) this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
  }

  async #release(segments: readonly Segment[]): Promise<void> {
    for (const { id } of segments) {
      const readers = (this.#readers.get(id) ?? 1) - 1;
      if (readers > 0) {
        this.#readers.set(id, readers);
        continue;
      }
      this.#readers.delete(id);
      if (this.#doomed.delete(id)) await rm(this.#path(id), { force: true });
    }
  }

  #path(id: string): string {
    return join(this.#folder, id.slice(0, 2), id);
  }
}

/** Nothing for what is not there, or no folder. */
async function readFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error) || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
