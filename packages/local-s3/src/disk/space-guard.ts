import { statfs } from 'node:fs/promises';
import { S3Error } from '../s3-error.js';

const leastFreeBytes = 1024 ** 3;
const leastFreePart = 0.02;
/** How long a look at the disk counts, less what was written since. Others write there too, but not a gigabyte in that time. */
const lookLastsMs = 500;

interface Look {
  readonly atMs: number;
  /** Free beyond what must stay free, when it was looked. */
  readonly spareBytes: number;
}

/**
 * Refuses what would fill the disk: the databases that share it could not write any more. What is being written counts from its
 * beginning with its announced length.
 */
export class SpaceGuard {
  readonly #folder: string;
  readonly #minFreeBytes: number | undefined;
  #reservedBytes = 0;
  #writtenBytes = 0;
  #look: Look = { atMs: -Infinity, spareBytes: 0 };
  #looking: Promise<void> | undefined;

  /** @param minFreeBytes what stays free; default 1 GiB, or 2 % of a disk where that is less */
  constructor(folder: string, minFreeBytes: number | undefined) {
    this.#folder = folder;
    this.#minFreeBytes = minFreeBytes;
  }

  /** Keeps so much for one write; dispose of it when the write has ended. @throws S3Error InsufficientStorage */
  async reserve(sizeBytes: number): Promise<Disposable> {
    this.#reservedBytes += sizeBytes;
    const reservation = {
      [Symbol.dispose]: () => {
        this.#reservedBytes -= sizeBytes;
        this.#writtenBytes += sizeBytes;
      },
    };
    try {
      await this.#assertSpare();
      return reservation;
    } catch (error) {
      this.#reservedBytes -= sizeBytes;
      throw error;
    }
  }

  async #assertSpare(): Promise<void> {
    if (performance.now() - this.#look.atMs < lookLastsMs && this.#isSpare()) return;
    this.#looking ??= this.#lookAgain().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
    if (!this.#isSpare())
      throw new S3Error('InsufficientStorage', 'The disk has too little space left for this upload.');
  }

  #isSpare(): boolean {
    return this.#look.spareBytes >= this.#reservedBytes + this.#writtenBytes;
  }

  async #lookAgain(): Promise<void> {
    const atMs = performance.now();
    const writtenBytes = this.#writtenBytes;
    const { bavail, blocks, bsize } = await statfs(this.#folder);
    const minFreeBytes = this.#minFreeBytes ?? Math.min(leastFreeBytes, blocks * bsize * leastFreePart);
    this.#look = { atMs, spareBytes: bavail * bsize - minFreeBytes };
    this.#writtenBytes -= writtenBytes; // what ended meanwhile may not be in the look
  }
}
