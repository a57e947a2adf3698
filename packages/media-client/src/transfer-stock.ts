import { openMedia } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { CallOptions, JobQueue } from '@infermesh/job-queue';

type Opened = Awaited<ReturnType<typeof openMedia.response.parse>>;

interface Transfer {
  readonly transferId: string;
  readonly put: Opened['transfers'][number]['put'];
  readonly usableUntil: number;
  readonly maxBytes: number;
}

const openedAtOnce = 8;
/** Of a URL's lifetime, what is left for the upload itself. */
const leftForUpload = 0.5;

/** Transfers opened beforehand, so that a large file does not wait for a call of its own. */
export class TransferStock {
  readonly #jobQueue: JobQueue;
  #ready: Transfer[] = [];

  constructor(jobQueue: JobQueue) {
    this.#jobQueue = jobQueue;
  }

  /** @throws MeshError MEDIA_TOO_LARGE, and as JobQueue.call */
  async take(sizeBytes: number, options: CallOptions): Promise<Transfer> {
    this.#ready = this.#ready.filter(({ usableUntil }) => usableUntil > Date.now());
    const transfer = this.#ready.pop() ?? (await this.#open(options));
    if (sizeBytes <= transfer.maxBytes) return transfer;
    this.#ready.push(transfer);
    throw new MeshError('MEDIA_TOO_LARGE', `the file has ${sizeBytes} bytes; at most ${transfer.maxBytes} are allowed`);
  }

  async #open(options: CallOptions): Promise<Transfer> {
    const askedAt = Date.now();
    const opened = await this.#jobQueue.call(openMedia, { count: openedAtOnce }, options);
    const { maxBytes, lifetimeMs } = opened;
    const usableUntil = askedAt + lifetimeMs * leftForUpload;
    const [first, ...others] = opened.transfers.map((transfer) => ({ ...transfer, usableUntil, maxBytes }));
    if (first === undefined) throw new MeshError('INTERNAL', 'the media converter opened no transfer');
    this.#ready.push(...others);
    return first;
  }
}
