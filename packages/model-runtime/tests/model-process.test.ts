import { describe, expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import { startModelProcess } from '../src/index.js';
import { Bench, Listener } from './bench.js';

describe('startModelProcess', () => {
  it('runs an item in another process', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions());
    const result = await model.run({ do: 'echo', value: { deep: [1, 'two', Uint8Array.of(3)] } }, new Listener());
    expect(result).toEqual({ value: { deep: [1, 'two', Uint8Array.of(3)] }, pid: model.info.pid, batchSize: 1 });
    expect(model.info).toMatchObject({ kind: 'toy', threads: 1, maxBatch: 4, executionProvider: null });
    expect(model.info.pid).not.toBe(process.pid);
  });

  it('tells progress and parts in their order', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions());
    const listener = new Listener();
    await model.run({ do: 'narrate' }, listener);
    expect(listener.heard).toEqual([[0.25, 'first'], { words: 'one' }, [0.5, null], Uint8Array.of(2, 2), [1, null]]);
  });

  it('batches what comes while a batch runs, and leaves out what was cancelled meanwhile', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions({ options: { maxBatch: 3 } }));
    const gate = bench.gate('first');
    const first = new Listener();
    const firstRun = model.run({ do: 'hold', gate: gate.path }, first);
    await first.underWay();
    const dropped = new Listener();
    const runs = [1, 2, 3, 4].map((value) => model.run({ do: 'echo', value }, value === 2 ? dropped : new Listener()));
    dropped.stop.abort();
    await expect(runs[1]).rejects.toMatchObject({ code: 'CANCELLED' });
    await gate.open();
    expect((await firstRun).batchSize).toBe(1);
    const others = await Promise.all(runs.filter((_, index) => index !== 1));
    expect(others.map(({ value, batchSize }) => [value, batchSize])).toEqual([
      [1, 3],
      [3, 3],
      [4, 3],
    ]);
  });

  it('drops one item of a running batch at once, and the others go on', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions({ cancelGraceMs: 60_000 }));
    const [firstGate, secondGate] = [bench.gate('first'), bench.gate('second')];
    const [first, dropped, kept, last] = [new Listener(), new Listener(), new Listener(), new Listener()];
    const firstRun = model.run({ do: 'hold', gate: firstGate.path }, first);
    await first.underWay();
    const droppedRun = model.run({ do: 'ignoreCancel' }, dropped);
    const keptRun = model.run({ do: 'hold', gate: secondGate.path, value: 'kept' }, kept);
    const lastRun = model.run({ do: 'echo' }, last);
    last.stop.abort();
    // Messages keep their order: with the last one dropped, the two before it wait in the child for one batch.
    await expect(lastRun).rejects.toMatchObject({ code: 'CANCELLED' });
    await firstGate.open();
    await Promise.all([firstRun, dropped.underWay(), kept.underWay()]);
    dropped.stop.abort();
    await expect(droppedRun).rejects.toMatchObject({ code: 'CANCELLED' });
    await secondGate.open();
    await expect(keptRun).resolves.toMatchObject({ value: 'kept', batchSize: 2 });
  });

  it('lets a run that heeds its cancel end in peace', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions({ cancelGraceMs: 60_000 }));
    const listener = new Listener();
    const run = model.run({ do: 'hold', gate: bench.gate('never').path }, listener);
    await listener.underWay();
    listener.stop.abort(new MeshError('STALE_CLAIM', 'another worker has it'));
    await expect(run).rejects.toMatchObject({ code: 'STALE_CLAIM' });
    await expect(model.run({ do: 'echo' }, new Listener())).resolves.toMatchObject({ pid: model.info.pid });
  });

  it.each(['block', 'ignoreCancel'])('kills the process when a cancelled run (%s) does not let go', async (deed) => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions({ options: { maxBatch: 1 } }));
    const listener = new Listener();
    const run = model.run({ do: deed }, listener);
    await listener.underWay();
    const waiting = model.run({ do: 'echo' }, new Listener());
    listener.stop.abort();
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(waiting).rejects.toMatchObject({ code: 'WORKER_LOST', retryable: true });
    await expect(model.exited).resolves.toEqual({ reason: 'unresponsive', exitCode: null, signal: 'SIGKILL' });
  });

  it('kills the process at the deadline of a run that blocks it', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions());
    await expect(model.run({ do: 'block' }, new Listener(Date.now() + 200))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await expect(model.exited).resolves.toMatchObject({ reason: 'unresponsive' });
  });

  it('fails the runs of a process that dies, so that they may be tried again', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions());
    const listener = new Listener();
    const run = model.run({ do: 'hold', gate: bench.gate('never').path }, listener);
    await listener.underWay();
    process.kill(model.info.pid, 'SIGKILL');
    await expect(run).rejects.toMatchObject({ code: 'WORKER_LOST', retryable: true });
    await expect(model.exited).resolves.toEqual({ reason: 'crashed', exitCode: null, signal: 'SIGKILL' });
    await expect(model.run({ do: 'echo' }, new Listener())).rejects.toMatchObject({ code: 'WORKER_LOST' });
  });

  it.each([
    ['throw', 'MODEL_FAILED', 'the model raised an error while it ran'],
    ['refuse', 'PAYLOAD_INVALID', 'no'],
    ['forget', 'INTERNAL', 'the runtime left an item without an outcome'],
    ['wrong', 'INTERNAL', 'the runtime answered with a result of the wrong shape'],
  ])('answers a runtime that does "%s" with %s and lives on', async (deed, code, message) => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions());
    await expect(model.run({ do: deed }, new Listener())).rejects.toMatchObject({ code, message });
    await expect(model.run({ do: 'echo', value: 1 }, new Listener())).resolves.toMatchObject({ value: 1 });
  });

  it('refuses an item of the wrong shape', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions());
    await expect(model.run({ deed: 'echo' }, new Listener())).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(model.run({ do: () => 1 }, new Listener())).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('kills a process that goes over its memory limit', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions({ memoryLimitBytes: 300e6 }));
    await expect(model.run({ do: 'grow' }, new Listener())).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
    await expect(model.exited).resolves.toMatchObject({ reason: 'memory' });
  });

  it('reads the last words of a process whose heap overflowed', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(bench.processOptions({ memoryLimitBytes: 2 ** 28 }));
    await expect(model.run({ do: 'fillHeap' }, new Listener())).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
    await expect(model.exited).resolves.toMatchObject({ reason: 'memory' });
  });

  it.each([
    ['throw', 'CHECKPOINT_CORRUPT', 'the checkpoint cannot be loaded'],
    ['refuse', 'CHECKPOINT_NOT_FOUND', 'no such upscaler'],
    ['die', 'CHECKPOINT_CORRUPT', 'the model process died while it loaded the checkpoint'],
  ])('a load that does "%s" is refused as %s', async (load, code, message) => {
    await using bench = await Bench.open();
    await expect(startModelProcess(bench.processOptions({ options: { load } }))).rejects.toMatchObject({
      code,
      message,
    });
  });

  it('gives up on a load that takes too long', async () => {
    await using bench = await Bench.open();
    const starting = startModelProcess(bench.processOptions({ options: { load: 'hang' }, loadTimeoutMs: 700 }));
    await expect(starting).rejects.toMatchObject({ code: 'ENDPOINT_NOT_READY', retryable: true });
  });

  it('says that an entry cannot be run', async () => {
    await using bench = await Bench.open();
    const starting = startModelProcess(bench.processOptions({ entry: `${bench.folder}/missing.mjs` }));
    await expect(starting).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('hands the process no more of the environment than it is given', async () => {
    await using bench = await Bench.open();
    await using model = await startModelProcess(
      bench.processOptions({ environment: { LD_LIBRARY_PATH: '/opt/cuda' } }),
    );
    const { value } = await model.run({ do: 'environment' }, new Listener());
    const names = Object.keys(value as object).filter((name) => !name.startsWith('NODE_CHANNEL_'));
    expect(names.toSorted()).toEqual(['LD_LIBRARY_PATH', 'ORT_DISABLE_TELEMETRY', 'TMPDIR']);
  });

  it('fails the runs in flight when it is disposed of', async () => {
    await using bench = await Bench.open();
    const model = await startModelProcess(bench.processOptions());
    const listener = new Listener();
    const run = model.run({ do: 'hold', gate: bench.gate('never').path }, listener);
    await listener.underWay();
    await Promise.all([model[Symbol.asyncDispose](), expect(run).rejects.toMatchObject({ code: 'WORKER_LOST' })]);
    await expect(model.exited).resolves.toMatchObject({ reason: 'stopped' });
  });
});
