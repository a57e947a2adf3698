import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { Config, startMesh } from '@infermesh/all-in-one';
import { createEndpoint } from '@infermesh/contracts';
import { addressOf, meshEnvironment } from '../harness/embedded-mesh.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const entry = fileURLToPath(new URL('../../services/all-in-one/dist/main.js', import.meta.url));

/** First start: another administrator deletes the first one, and a tenant makes an endpoint whose workers cannot start. */
async function disturb(folder: string): Promise<void> {
  await using mesh = await startMesh({ config: Config.parse(meshEnvironment(folder)) });
  const ask = async (method: string, path: string, body: object | undefined, key: string): Promise<unknown> => {
    const answer = await fetch(`${addressOf(mesh, 'auth')}${path}`, {
      method,
      headers: { 'x-api-key': key },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.ok).toBe(true);
    return answer.status === 204 ? undefined : answer.json();
  };
  const boss = { roles: ['IT Operator'], password: 'a long password' };
  await ask('PUT', '/users/boss', boss, mesh.adminKey ?? '');
  const { key } = (await ask('POST', '/login', { name: 'boss', password: boss.password }, '')) as { key: string };
  await ask('DELETE', '/users/admin', undefined, key);
  await mesh.jobQueue.call(
    createEndpoint,
    { name: 'broken', kind: 'Async', tenantId: 'default', jobTypes: ['no-such-type'], workers: 1 },
    { deadlineAt: Date.now() + 10_000 },
  );
}

it('a mesh without its first administrator, with a broken endpoint, and with ESD at the root runs its first job', async () => {
  await using folder = await temporaryFolder();
  await disturb(folder.path);
  const child = spawn(process.execPath, [entry, '--once'], {
    env: { PATH: process.env['PATH'], ...meshEnvironment(folder.path), LISTEN_ESD: '127.0.0.1:0' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
  await access(join(folder.path, 'results', 'first-job.png'));
}, 120_000);
