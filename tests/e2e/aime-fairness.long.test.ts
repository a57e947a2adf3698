import { setTimeout as delay } from 'node:timers/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AimeClient } from '../harness/aime-client.js';
import { AimeWorker } from '../harness/aime-worker.js';
import { addressOf, startEmbeddedMesh, type EmbeddedMesh } from '../harness/embedded-mesh.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const workerKey = 'the-worker-key';
const file = `
[ENDPOINT]
name = "busy"
max_queue_length = 20000
[WORKER]
job_type = "busy_type"
auth_key = "${workerKey}"
[CLIENTS]
authorization_keys = { ada = "key-of-ada", bob = "key-of-bob" }
[INPUTS]
text = { type = "string", required = true }
[OUTPUTS]
text = { type = "string" }
`;

/** Submits, and comes again when the key's rate is used up. */
async function submit(client: AimeClient): Promise<string> {
  for (;;) {
    const { status, body } = await client.ask('POST', '', { wait_for_result: false, text: 'x' });
    if (status === 200) return String(body['job_id']);
    if (status !== 429) throw new Error(`answered ${String(status)}: ${JSON.stringify(body)}`);
    await delay(500);
  }
}

describe('a client with ten thousand jobs', () => {
  let bench: EmbeddedMesh;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeFile(join(folder.path, 'busy.toml'), file);
    bench = await startEmbeddedMesh({ env: { AIME_ENDPOINTS_FOLDER: folder.path } });
  }, 120_000);
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('keeps nobody else waiting for more than a turn each', async () => {
    const url = addressOf(bench.mesh, 'aime');
    const [greedy, small] = [new AimeClient(url, 'busy', 'key-of-ada'), new AimeClient(url, 'busy', 'key-of-bob')];
    const many: string[] = [];
    const crowd = async (): Promise<void> => {
      while (many.length < 10_000) many.push(await submit(greedy));
    };
    await Promise.all(Array.from({ length: 32 }, crowd));
    const few = await Promise.all(Array.from({ length: 5 }, () => submit(small)));
    const worker = new AimeWorker(url, 'busy_type', workerKey);
    const done: string[] = [];
    while (!few.every((id) => done.includes(id)) && done.length < 200) {
      for (const job of await worker.take(2)) {
        await worker.result(job.job_id, { text: 'x' });
        done.push(job.job_id);
      }
    }
    expect(few.every((id) => done.includes(id))).toBe(true);
    expect(done.length).toBeLessThan(40);
  }, 600_000);
});
