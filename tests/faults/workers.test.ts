import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, findDescendants, type ProcessInfo } from '../harness/processes.js';
import { startToyMesh, type ToyMesh } from '../harness/toy-mesh.js';

let bench: ToyMesh;

beforeAll(async () => {
  bench = await startToyMesh();
}, 60_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

/** The one worker of the toy endpoint, told apart from the others by the model process it has. */
async function toyModelProcess(): Promise<ProcessInfo> {
  return eventually(
    'the toy model process',
    async () => (await findDescendants(process.pid, 'toy-runtime/model-process'))[0],
  );
}

async function killToyWorker(): Promise<void> {
  process.kill((await toyModelProcess()).parent, 'SIGKILL');
}

describe('a job whose', () => {
  it('worker is killed twice runs again and is committed once', async () => {
    const id = await bench.toys.submit('toy-sleep', { ms: 5000 });
    for (let kill = 1; kill <= 2; kill += 1) {
      await eventually(`attempt ${kill}`, async () =>
        (await bench.toys.get(id)).attempts === kill ? true : undefined,
      );
      await killToyWorker();
    }
    expect(await bench.toys.untilEnded(id)).toMatchObject({
      state: 'succeeded',
      attempts: 3,
      result: { echoed: { ms: 5000 } },
    });
  }, 60_000);
});
