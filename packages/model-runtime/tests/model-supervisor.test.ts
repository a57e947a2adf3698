import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@infermesh/telemetry';
import { ModelSupervisor, type ModelSupervisorOptions } from '../src/index.js';
import { Bench, Listener } from './bench.js';

function supervise(bench: Bench, changes: Partial<ModelSupervisorOptions> = {}): ModelSupervisor {
  return new ModelSupervisor({
    process: bench.processOptions(),
    maxProcesses: 2,
    memoryBudgetBytes: 8 * 2 ** 30,
    backoff: { firstMs: 1, maxMs: 1 },
    logger: createLogger({ service: 'test', level: 'silent' }),
    ...changes,
  });
}

const echo = (value: unknown): object => ({ do: 'echo', value });

describe('ModelSupervisor', () => {
  it('starts a process once for all who come at the same time, and keeps it', async () => {
    await using bench = await Bench.open();
    await using supervisor = supervise(bench);
    const model = bench.model('a');
    const results = await Promise.all([1, 2, 3].map((value) => supervisor.run(model, echo(value), new Listener())));
    const later = await supervisor.run({ ...model }, echo(4), new Listener());
    expect(new Set([...results, later].map(({ pid }) => pid)).size).toBe(1);
    expect(supervisor.list()).toMatchObject([{ kind: 'toy', pid: later.pid, userCount: 0 }]);
  });

  it('takes a model by its content: order of options and paths do not count, digests do', async () => {
    await using bench = await Bench.open();
    await using supervisor = supervise(bench, { maxProcesses: 3 });
    const file = (path: string, sha256: string): { path: string; sha256: string } => ({ path, sha256 });
    const models = [
      { ...bench.model('x', { maxBatch: 2 }), checkpoints: { m: file('/a', '11') } },
      { ...bench.model('x'), options: { maxBatch: 2, name: 'x' }, checkpoints: { m: file('/b', '11') } },
      { ...bench.model('x', { maxBatch: 2 }), checkpoints: { m: file('/a', '22') } },
    ];
    const pids = [];
    for (const model of models) pids.push((await supervisor.run(model, echo(0), new Listener())).pid);
    expect(pids[1]).toBe(pids[0]);
    expect(pids[2]).not.toBe(pids[0]);
  });

  it('starts a process anew after it died', async () => {
    await using bench = await Bench.open();
    await using supervisor = supervise(bench);
    const model = bench.model('mortal');
    const { pid } = await supervisor.run(model, echo(1), new Listener());
    await expect(supervisor.run(model, { do: 'die' }, new Listener())).rejects.toMatchObject({ code: 'WORKER_LOST' });
    await expect(supervisor.run(model, { do: 'die' }, new Listener())).rejects.toMatchObject({ code: 'WORKER_LOST' });
    const after = await supervisor.run(model, echo(2), new Listener());
    expect(after.value).toBe(2);
    expect(after.pid).not.toBe(pid);
  });

  it('waits out the backoff after a death, no longer than the caller has time', async () => {
    await using bench = await Bench.open();
    await using supervisor = supervise(bench, { backoff: { firstMs: 60_000, maxMs: 60_000 } });
    const model = bench.model('mortal');
    await expect(supervisor.run(model, { do: 'die' }, new Listener())).rejects.toMatchObject({ code: 'WORKER_LOST' });
    const impatient = new Listener(Date.now() + 100);
    await expect(supervisor.run(model, echo(1), impatient)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(supervisor.list()).toEqual([]);
  });

  it('evicts the least recently used model', async () => {
    await using bench = await Bench.open();
    await using supervisor = supervise(bench);
    const [a, b, c] = [bench.model('a'), bench.model('b'), bench.model('c')];
    const first = await supervisor.run(a, echo(1), new Listener());
    const second = await supervisor.run(b, echo(1), new Listener());
    await supervisor.run(a, echo(2), new Listener());
    const third = await supervisor.run(c, echo(1), new Listener());
    expect(supervisor.list().map(({ pid }) => pid)).toEqual([first.pid, third.pid]);
    expect(() => process.kill(second.pid, 0)).toThrow('ESRCH');
  });

  it('lets a busy process finish before another model takes its seat', async () => {
    await using bench = await Bench.open();
    await using supervisor = supervise(bench, { maxProcesses: 1 });
    const gate = bench.gate('busy');
    const busy = new Listener();
    const holding = supervisor.run(bench.model('a'), { do: 'hold', gate: gate.path, value: 'done' }, busy);
    await busy.underWay();
    const waiting = supervisor.run(bench.model('b'), echo('next'), new Listener());
    await gate.open();
    const [held, next] = await Promise.all([holding, waiting]);
    expect([held.value, next.value]).toEqual(['done', 'next']);
    expect(supervisor.list()).toMatchObject([{ pid: next.pid }]);
  });

  it('cancels a run that waits for a seat', async () => {
    await using bench = await Bench.open();
    await using supervisor = supervise(bench, { maxProcesses: 1 });
    const busy = new Listener();
    const holding = supervisor.run(bench.model('a'), { do: 'hold', gate: bench.gate('never').path }, busy);
    await busy.underWay();
    const waiting = new Listener();
    const waitingRun = supervisor.run(bench.model('b'), echo(1), waiting);
    waiting.stop.abort();
    await expect(waitingRun).rejects.toMatchObject({ code: 'CANCELLED' });
    busy.stop.abort();
    await expect(holding).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('gives memory back when the budget is exceeded', async () => {
    await using bench = await Bench.open();
    await using supervisor = supervise(bench, { maxProcesses: 5, memoryBudgetBytes: 1 });
    const first = await supervisor.run(bench.model('a'), echo(1), new Listener());
    const second = await supervisor.run(bench.model('b'), echo(1), new Listener());
    expect(supervisor.list().map(({ pid }) => pid)).toEqual([second.pid]);
    expect(() => process.kill(first.pid, 0)).toThrow('ESRCH');
  });

  it('replaces a process that has grown', async () => {
    await using bench = await Bench.open();
    await using supervisor = supervise(bench, { recycleGrowthBytes: 150e6 });
    const model = bench.model('leaky');
    const leak = (bytes: number): object => ({ do: 'leak', bytes });
    const first = await supervisor.run(model, leak(20e6), new Listener());
    const second = await supervisor.run(model, leak(300e6), new Listener());
    const third = await supervisor.run(model, leak(0), new Listener());
    expect(second.pid).toBe(first.pid);
    expect(third.pid).not.toBe(first.pid);
  });

  it('remembers a refused checkpoint for a while, then tries again', async () => {
    await using bench = await Bench.open();
    await using remembering = supervise(bench, { refusalMemoryMs: 60_000 });
    const model = bench.model('broken', { load: 'throw' });
    const first = await remembering.run(model, echo(1), new Listener()).catch((error: unknown) => error);
    const second = await remembering.run(model, echo(1), new Listener()).catch((error: unknown) => error);
    expect(first).toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
    expect(second).toBe(first);
    await using forgetful = supervise(bench, { refusalMemoryMs: 0 });
    const third = await forgetful.run(model, echo(1), new Listener()).catch((error: unknown) => error);
    const fourth = await forgetful.run(model, echo(1), new Listener()).catch((error: unknown) => error);
    expect(fourth).toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
    expect(fourth).not.toBe(third);
  });

  it('loads a model ahead of its first item', async () => {
    await using bench = await Bench.open();
    await using supervisor = supervise(bench);
    const info = await supervisor.warmUp(bench.model('a'), new Listener());
    expect((await supervisor.run(bench.model('a'), echo(1), new Listener())).pid).toBe(info.pid);
  });

  it('leaves no process behind, not even one that was loading', async () => {
    await using bench = await Bench.open();
    const supervisor = supervise(bench);
    const busy = new Listener();
    const holding = supervisor.run(bench.model('a'), { do: 'hold', gate: bench.gate('never').path }, busy);
    await busy.underWay();
    const pid = supervisor.list()[0]?.pid ?? 0;
    const loading = supervisor.run(bench.model('slow', { load: 'hang' }), echo(1), new Listener());
    await Promise.all([
      supervisor[Symbol.asyncDispose](),
      expect(holding).rejects.toMatchObject({ code: 'WORKER_LOST' }),
      expect(loading).rejects.toMatchObject({ code: 'WORKER_LOST' }),
    ]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(supervisor.run(bench.model('a'), echo(1), new Listener())).rejects.toMatchObject({
      code: 'WORKER_LOST',
    });
  });
});
