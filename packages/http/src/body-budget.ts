import { MeshError } from '@infermesh/errors';

/** Bounds the bytes of all bodies held at once, so that many large requests answer 503 instead of ending the process. */
export class BodyBudget {
  readonly #capacityBytes: number;
  #heldBytes = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  lease(): BodyLease {
    let leasedBytes = 0;
    return {
      grow: (bytes) => {
        if (this.#heldBytes + bytes > this.#capacityBytes) {
          throw new MeshError('SERVICE_UNAVAILABLE', 'too many large requests at once', { retryAfterSeconds: 1 });
        }
        this.#heldBytes += bytes;
        leasedBytes += bytes;
      },
      release: () => {
        this.#heldBytes -= leasedBytes;
        leasedBytes = 0;
      },
    };
  }
}

export interface BodyLease {
  /** @throws MeshError SERVICE_UNAVAILABLE */
  grow(bytes: number): void;
  /** Twice is harmless. */
  release(): void;
}
