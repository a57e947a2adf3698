import { MeshError } from '@infermesh/errors';

const maxWaiting = 10_000;

/** Lets so many in at a time; the rest wait in order of arrival, up to a bound. */
export class Turnstile {
  #places: number;
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#places = places;
  }

  setPlaces(places: number): void {
    this.#places = places;
    this.#letIn();
  }

  /** Resolves when there is a place. @throws MeshError QUEUE_FULL */
  async enter(): Promise<void> {
    if (this.#inside < this.#places) {
      this.#inside += 1;
      return;
    }
    if (this.#waiting.length >= maxWaiting) {
      throw new MeshError('QUEUE_FULL', 'too many calls wait for this service', { retryAfterSeconds: 1 });
    }
    await new Promise<void>((letIn) => {
      this.#waiting.push(letIn);
    });
  }

  leave(): void {
    this.#inside -= 1;
    this.#letIn();
  }

  #letIn(): void {
    while (this.#inside < this.#places) {
      const letIn = this.#waiting.shift();
      if (letIn === undefined) return;
      this.#inside += 1;
      letIn();
    }
  }
}
