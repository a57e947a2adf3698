import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it, jest } from '@jest/globals';
import { temporaryFolder } from '../../harness/temporary-folder.js';
import { keyOf, startAimeBench, workerKeyOf } from './aime-bench.js';
import { AimeClient } from './aime-client.js';
import { ServingWorker } from './aime-worker.js';
import { PythonProgram } from './python-program.js';

jest.setTimeout(180_000);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.2');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

// Section 7.5 of the dossier: 9 and 10.
it('workers outlive a restart of the server, and jobs that were accepted are done after it', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  const env = { INFERMESH_FOLDER: folder.path, LISTEN_AIME: `127.0.0.2:${port}` };
  const url = `http://127.0.0.2:${port}`;
  const identity = { url, jobType: 'talk', authKey: workerKeyOf('talk'), name: 'host#1_1xFake_GPU' };
  const client = new AimeClient(url, keyOf('ada'));

  const first = await startAimeBench(env);
  await using worker = new ServingWorker(identity, (job) => ({ text: String(job['text']).toUpperCase() }));
  await using python = new PythonProgram('python_worker.py', [
    url,
    'talk',
    workerKeyOf('talk'),
    'python#1_1xGPU',
    'single',
  ]);
  expect(await client.ask('talk', { text: 'before' })).toMatchObject({ text: 'BEFORE' });
  await python.told('status');
  const done = await client.start('talk', { text: 'kept' });
  expect((await client.untilDone('talk', done)).result).toMatchObject({ text: 'KEPT' });
  const waiting = await client.start('paint', {});
  await first[Symbol.asyncDispose]();
  await python.told('away');
  expect(worker.absences).toBeGreaterThan(0);

  await using _second = await startAimeBench(env);
  expect(await client.ask('talk', { text: 'after' })).toMatchObject({ text: 'AFTER' });
  expect((await client.untilDone('talk', done)).result).toMatchObject({ text: 'KEPT' });
  await using _painter = new ServingWorker({ ...identity, jobType: 'paint', authKey: workerKeyOf('paint') }, () => ({
    width: 3,
  }));
  expect((await client.untilDone('paint', waiting)).result).toMatchObject({ width: 3 });
  expect([worker.hotAnswers, worker.refusal]).toEqual([0, undefined]);
});
