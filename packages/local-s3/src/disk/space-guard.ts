import { statfs } from 'node:fs/promises';
import { S3Error } from '../s3-error.js';

const leastFreeBytes = 1024 ** 3;
const leastFreePart = 0.02;

/**
 * Refuses what would fill the disk: the databases that share it could not write any more. What is being written counts from its
 * beginning with its announced length.
 */
export class SpaceGuard {
  readonly #folder: string;
  readonly #minFreeBytes: number | undefined;
  #reservedBytes = 0;

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
      },
    };
    try {
      await this.#assertFree();
      return reservation;
    } catch (error) {
      reservation[Symbol.dispose]();
      throw error;
    }
  }

  async #assertFree(): Promise<void> {
    const { bavail, blocks, bsize } = await statfs(this.#folder);
    const minFreeBytes = this.#minFreeBytes ?? Math.min(leastFreeBytes, blocks * bsize * leastFreePart);
    if (bavail * bsize - this.#reservedBytes < minFreeBytes)
      throw new S3Error('InsufficientStorage', 'The disk has too little space left for this upload.');
  }
}
