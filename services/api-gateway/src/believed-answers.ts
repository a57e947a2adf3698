interface Believed<Value> {
  readonly answer: Promise<Value>;
  until: number;
}

export interface BelievedAnswersOptions<Value> {
  /** How long an answer is believed. */
  readonly believeMs: number;
  /** When an answer ends by itself, in epoch milliseconds; default never. */
  readonly endsAt?: (value: Value) => number;
}

const maxAnswers = 10_000;

/** What another service has answered, for a while: many requests in a row ask it once. Failures are not kept. */
export class BelievedAnswers<Value> {
  readonly #believeMs: number;
  readonly #endsAt: (value: Value) => number;
  readonly #believed = new Map<string, Believed<Value>>();

  constructor({ believeMs, endsAt = () => Infinity }: BelievedAnswersOptions<Value>) {
    this.#believeMs = believeMs;
    this.#endsAt = endsAt;
  }

  /** The answer to this question: the one that is still believed, or what `ask` brings. */
  recall(question: string, ask: () => Promise<Value>): Promise<Value> {
    const known = this.#believed.get(question);
    if (known !== undefined && known.until > performance.now()) return known.answer;
    const asked: Believed<Value> = { answer: ask(), until: performance.now() + this.#believeMs };
    this.#believed.delete(question);
    this.#believed.set(question, asked);
    this.#bound();
    asked.answer.then(
      (value) => {
        asked.until = Math.min(asked.until, performance.now() + this.#endsAt(value) - Date.now());
      },
      () => {
        if (this.#believed.get(question) === asked) this.#believed.delete(question);
      },
    );
    return asked.answer;
  }

  /** From here on everything is asked again. */
  forgetAll(): void {
    this.#believed.clear();
  }

  #bound(): void {
    if (this.#believed.size <= maxAnswers) return;
    const [oldest] = this.#believed.keys();
    if (oldest !== undefined) this.#believed.delete(oldest);
  }
}
