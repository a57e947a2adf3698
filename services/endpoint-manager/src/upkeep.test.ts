import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Upkeep } from './upkeep.js';

const never = 2_000_000_000;

/** A task that a test ends by hand, run by run. */
class Steps {
  readonly events = new EventEmitter();
  runs = 0;

  readonly task = async (): Promise<void> => {
    this.runs += 1;
    const ended = once(this.events, 'end') as Promise<[Error | undefined]>;
    this.events.emit('began');
    const [error] = await ended;
    if (error !== undefined) throw error;
  };

  async began(): Promise<void> {
    await once(this.events, 'began');
  }

  end(error?: Error): void {
    this.events.emit('end', error);
  }
}

function setup(retryMs = never): { steps: Steps; upkeep: Upkeep; failures: unknown[] } {
  const steps = new Steps();
  const failures: unknown[] = [];
  const retry = { firstMs: retryMs, maxMs: retryMs };
  const onFailure = (error: unknown): void => void failures.push(error);
  return { steps, failures, upkeep: new Upkeep({ task: steps.task, intervalMs: never, retry, onFailure }) };
}

describe('Upkeep', () => {
  it('runs at once, and again when woken, however often that was', async () => {
    const { steps, upkeep } = setup();
    upkeep.start();
    expect(steps.runs).toBe(1);
    upkeep.wake();
    upkeep.wake();
    expect(steps.runs).toBe(1);
    const again = steps.began();
    steps.end();
    await again;
    steps.end();
    await upkeep.stop(never);
    expect(steps.runs).toBe(2);
  });

  it('runs again after its interval', async () => {
    let runs = 0;
    const ticks = new EventEmitter();
    const third = once(ticks, 'third');
    const task = (): Promise<void> => {
      runs += 1;
      if (runs === 3) ticks.emit('third');
      return Promise.resolve();
    };
    const upkeep = new Upkeep({
      task,
      intervalMs: 2,
      retry: { firstMs: never, maxMs: never },
      onFailure: () => undefined,
    });
    upkeep.start();
    await third;
    await upkeep.stop(never);
  });

  it('tries again after a failure, by its backoff and not by what wakes it', async () => {
    const { steps, upkeep, failures } = setup(5);
    const error = new Error('away');
    upkeep.start();
    const again = steps.began();
    steps.end(error);
    upkeep.wake();
    await again;
    expect(failures).toEqual([error]);
    steps.end();
    await upkeep.stop(never);
    expect(steps.runs).toBe(2);
  });

  it('runs a last time when stopped with something untold, also amid failures', async () => {
    const { steps, upkeep } = setup();
    upkeep.start();
    upkeep.wake();
    const last = steps.began();
    const stopped = upkeep.stop(never);
    steps.end(new Error('away'));
    await last;
    steps.end();
    await stopped;
    expect(steps.runs).toBe(2);
  });

  it('does not wait for a run longer than it is told', async () => {
    const { steps, upkeep } = setup();
    upkeep.start();
    await upkeep.stop(1);
    expect(steps.runs).toBe(1);
    steps.end();
  });
});
