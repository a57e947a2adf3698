import { setTimeout as delay } from 'node:timers/promises';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '../src/index.js';
import { echo, inMs, until } from './bench.js';

/** The queues that are called. */
export const loadQueues = ['load-a', 'load-b', 'load-c'];
const loopsPerQueue = 3;
const deadlineMs = 4000;
/** Timers and a busy machine may be late; a call that nobody ends would be later. */
const latenessMs = 2000;

const expectedCodes = ['ok', 'QUEUE_UNAVAILABLE', 'DEADLINE_EXCEEDED', 'WORKER_LOST'];

interface Outcome {
  readonly queue: string;
  readonly code: string;
  readonly isOverdue: boolean;
}

/** Calls without a pause until it is told to stop. */
export class CallLoad {
  readonly outcomes: Outcome[] = [];
  readonly #loops: Promise<void>[];
  #isStopping = false;

  constructor(caller: JobQueue) {
    this.#loops = loadQueues.flatMap((queue) =>
      Array.from({ length: loopsPerQueue }, async (_, loop) => {
        for (let count = 0; !this.#isStopping; count++) await this.#call(caller, queue, `${queue}-${loop}-${count}`);
      }),
    );
  }

  async #call(caller: JobQueue, queue: string, text: string): Promise<void> {
    const deadlineAt = inMs(deadlineMs);
    let code = 'ok';
    try {
      const answer = await caller.call(echo, { text }, { deadlineAt, queue });
      if (answer.text !== text) code = 'the answer of another call';
    } catch (error) {
      code = error instanceof MeshError ? error.code : String(error);
      await delay(20);
    }
    this.outcomes.push({ queue, code, isOverdue: Date.now() > deadlineAt + latenessMs });
  }

  /** Resolves when each queue has brought so many more answers. */
  async moreAnswers(count: number): Promise<void> {
    const from = this.outcomes.length;
    await until(() => {
      const later = this.outcomes.slice(from).filter(({ code }) => code === 'ok');
      return loadQueues.every((queue) => later.filter((outcome) => outcome.queue === queue).length >= count);
    });
  }

  /** Calls that ended late, with another call's answer, or in a way that a loss of Redis does not explain. */
  faults(): Outcome[] {
    return this.outcomes.filter(({ code, isOverdue }) => isOverdue || !expectedCodes.includes(code));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#loops);
  }
}
