// A model process without a model: it does what its items say. For the tests beside it.
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { MeshError } from '@infermesh/errors';
import { serveRuntime } from '@infermesh/model-runtime';
import { z } from 'zod';

const hoard = [];

const deeds = {
  echo: (it, batchSize) => it.succeed({ value: it.item.value ?? null, pid: process.pid, batchSize }),
  async hold(it, batchSize) {
    await it.emit('holding');
    while (!existsSync(it.item.gate) && !it.signal.aborted) await delay(5);
    deeds.echo(it, batchSize);
  },
  async narrate(it, batchSize) {
    it.progress(0.25, 'first');
    await it.emit({ words: 'one' });
    it.progress(0.5);
    await it.emit(Uint8Array.of(2, 2));
    it.progress(7);
    deeds.echo(it, batchSize);
  },
  async ignoreCancel(it) {
    await it.emit('holding');
    await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
  },
  async block(it) {
    await it.emit('blocking');
    for (;;);
  },
  die: () => process.kill(process.pid, 'SIGKILL'),
  throw: () => Promise.reject(new Error('secret /path')),
  refuse: (it) => it.fail(new MeshError('PAYLOAD_INVALID', 'no', { field: 'image' })),
  forget: () => undefined,
  wrong: (it) => it.succeed({ colour: 'green' }),
  leak(it, batchSize) {
    hoard.push(Buffer.alloc(it.item.bytes, 1));
    deeds.echo(it, batchSize);
  },
  async grow() {
    for (;;) {
      hoard.push(Buffer.alloc(16e6, 1));
      await delay(2);
    }
  },
  fillHeap() {
    for (;;) hoard.push(Array.from({ length: 1e4 }, (_, index) => ({ index })));
  },
  environment: (it, batchSize) =>
    deeds.echo({ ...it, item: { value: process.env }, succeed: (r) => it.succeed(r) }, batchSize),
};

const loads = {
  well: () => undefined,
  throw: () => Promise.reject(new Error('bad weights')),
  refuse: () => Promise.reject(new MeshError('CHECKPOINT_NOT_FOUND', 'no such upscaler')),
  die: () => process.kill(process.pid, 'SIGKILL'),
  hang: () => new Promise((resolve) => setTimeout(resolve, 2 ** 30)),
};

serveRuntime({
  kind: 'toy',
  schema: {
    options: z.object({
      load: z.enum(['well', 'throw', 'refuse', 'die', 'hang']).default('well'),
      maxBatch: z.number().default(4),
      name: z.string().default(''),
    }),
    item: z.looseObject({ do: z.string() }),
    result: z.object({ value: z.unknown(), pid: z.number(), batchSize: z.number() }),
  },
  async load({ options }) {
    await loads[options.load]();
    return {
      maxBatch: options.maxBatch,
      run: async (batch) => {
        await Promise.all(batch.map((it) => deeds[it.item.do](it, batch.length)));
      },
      dispose: () => Promise.resolve(),
    };
  },
});
