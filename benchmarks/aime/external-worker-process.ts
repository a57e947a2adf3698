// An external worker as a GPU node would run it: takes batches of 64 by HTTP, posts each result, computes nothing.
import { setMaxListeners } from 'node:events';
import { Pool } from 'undici';
import { serveUntilStopped } from '../child.js';
import { workerKey } from './aime-files.js';

const [, , url = ''] = process.argv;
const batch = 64;
const identity = { auth: 'bench#0_1xNone', job_type: 'external', auth_key: workerKey };
const pool = new Pool(url, { connections: batch + 1, bodyTimeout: 0, headersTimeout: 0 });
const stop = new AbortController();
setMaxListeners(0, stop.signal); // one for each request under way

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await pool.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...identity, ...body }),
    signal: stop.signal,
  });
  return (await answer.body.json()) as Record<string, unknown>;
}

async function serve(): Promise<void> {
  const poll = { version: 'benchmark', max_job_batch: batch, request_timeout: 60, gpu_name: 'none', num_gpus: 1 };
  while (!stop.signal.aborted) {
    const answer = await post('/worker_job_request', poll);
    if (answer['cmd'] === 'error') throw new Error(String(answer['msg']));
    const jobs = (answer['job_data'] ?? []) as { job_id: string }[];
    await Promise.all(jobs.map(({ job_id: id }) => post('/worker_job_result', { job_id: id, text: 'done' })));
  }
}

const serving = serve().catch((error: unknown) => {
  if (!stop.signal.aborted) throw error;
});
await serveUntilStopped({});
stop.abort();
await serving;
await pool.close();
