import { MeshError, toErrorDto } from '@infermesh/errors';
import type { FromChild, Vitals } from './messages.js';
import { errorDetail, toRunError } from './run-error.js';
import type { RuntimeItem } from './runtime.js';

export interface ServedItemOptions<Item, Result> {
  readonly id: number;
  readonly item: Item;
  readonly send: (message: FromChild) => Promise<void>;
  /** @throws when the result is not what the runtime promised */
  readonly parseResult: (result: Result) => Result;
  readonly vitals: () => Vitals;
  readonly onSettled: () => void;
}

/** An item inside the model process, from its arrival to its one outcome. */
export class ServedItem<Item, Result> implements RuntimeItem<Item, Result> {
  readonly id: number;
  readonly item: Item;
  readonly #options: ServedItemOptions<Item, Result>;
  readonly #cancel = new AbortController();
  #isSettled = false;

  constructor(options: ServedItemOptions<Item, Result>) {
    this.id = options.id;
    this.item = options.item;
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  progress(fraction: number, stage?: string): void {
    if (this.#isSettled || this.signal.aborted) return;
    void this.#options.send({
      type: 'progress',
      id: this.id,
      fraction: Math.min(1, Math.max(0, fraction)),
      stage: stage ?? null,
    });
  }

  async emit(part: unknown): Promise<void> {
    if (!this.#isSettled && !this.signal.aborted) await this.#options.send({ type: 'part', id: this.id, part });
  }

  succeed(result: Result): void {
    if (this.signal.aborted) {
      this.drop();
      return;
    }
    try {
      const parsed = this.#options.parseResult(result);
      this.#settle({ type: 'succeeded', id: this.id, result: parsed, vitals: this.#options.vitals() });
    } catch (error) {
      this.fail(new MeshError('INTERNAL', 'the runtime answered with a result of the wrong shape', { cause: error }));
    }
  }

  fail(error: unknown): void {
    if (this.signal.aborted) this.drop();
    else
      this.#settle({
        type: 'failed',
        id: this.id,
        error: toErrorDto(toRunError(error)),
        detail: errorDetail(error),
        vitals: this.#options.vitals(),
      });
  }

  abort(): void {
    this.#cancel.abort(new MeshError('CANCELLED', 'the item was cancelled'));
  }

  /** Tells the parent that the cancelled item is let go, even if the batch that holds it still runs. */
  drop(): void {
    this.#settle({ type: 'dropped', id: this.id, vitals: this.#options.vitals() });
  }

  #settle(message: FromChild): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    void this.#options.send(message);
    this.#options.onSettled();
  }
}
