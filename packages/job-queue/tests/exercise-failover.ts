import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import type { RedisDeployment } from '../../redis/tests/deployments/redis-deployment.js';
import { handle, type JobQueue } from '../src/index.js';
import { queueKey } from '../src/queue-keys.js';
import { Bench, echo, inMs, until, useRedis } from './bench.js';

const queues = ['load-a', 'load-b', 'load-c'];
const loopsPerQueue = 3;
const deadlineMs = 4000;
/** Timers and a busy machine may be late; a call that nobody ends would be later. */
const latenessMs = 2000;

interface Outcome {
  readonly queue: string;
  readonly code: string;
  readonly isOverdue: boolean;
}

/** Calls without a pause until it is told to stop. */
class Load {
  readonly outcomes: Outcome[] = [];
  readonly #loops: Promise<void>[];
  #isStopping = false;

  constructor(caller: JobQueue) {
    this.#loops = queues.flatMap((queue) =>
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
      return queues.every((queue) => later.filter((outcome) => outcome.queue === queue).length >= count);
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#loops);
  }
}

/** What callers and workers go through when a master is killed while they work. */
export function exerciseFailover(name: string, start: () => Promise<RedisDeployment>): void {
  useRedis(start);

  describe(`the queue when ${name} loses a master under load`, () => {
    let bench: Bench;

    beforeAll(async () => {
      bench = await Bench.start();
    });
    afterAll(async () => {
      await bench[Symbol.asyncDispose]();
    });

    it('ends every call within its deadline, and answers again by itself', async () => {
      const server = bench.queue({ service: 'server' });
      const answers = handle(echo, async (request) => request);
      for (const queue of queues) await server.serve(queue, [answers], { concurrency: 4, stopGraceMs: 200 });
      const load = new Load(bench.queue({ service: 'caller' }));
      await load.moreAnswers(30);
      await bench.redis.killMasterOf(queueKey('load-a', 'wait'));
      await load.moreAnswers(30);
      await load.stop();
      const codes = new Set(load.outcomes.map(({ code }) => code));
      expect(['ok', 'QUEUE_UNAVAILABLE', 'DEADLINE_EXCEEDED', 'WORKER_LOST']).toEqual(
        expect.arrayContaining([...codes]),
      );
      expect(load.outcomes.filter(({ isOverdue }) => isOverdue)).toEqual([]);
    });

    it('appends and delivers events of a job whose master is back', async () => {
      const queue = bench.queue({ service: 'events' });
      await queue.appendEvent('job-1', 'before', null);
      const types = (async () => {
        const seen: string[] = [];
        for await (const { type } of queue.follow('job-1')) if (seen.push(type) === 2) break;
        return seen;
      })();
      await bench.redis.killMasterOf('{events-job-1}');
      await until(async () => (await queue.appendEvent('job-1', 'after', null).catch(() => 0)) > 0);
      expect(await types).toEqual(['before', 'after']);
    });
  });
}
