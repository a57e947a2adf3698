// The whole mesh in one process, its worker and its model in processes of their own, as `npm start` runs it.
import { fileURLToPath } from 'node:url';
import { Config, startMesh, type Mesh } from '@infermesh/all-in-one';
import { createEndpoint, listEndpoints } from '@infermesh/contracts';
import { serveUntilStopped } from '../child.js';
import { createNoopDialect } from './noop-dialect.js';

const [, , folder = '', databaseUrl = ''] = process.argv;

async function createPool(mesh: Mesh, name: string, workers: number): Promise<string> {
  const { endpoint } = await mesh.jobQueue.call(
    createEndpoint,
    { name, kind: 'noop', tenantId: 'default', jobTypes: ['noop'], workers, slotsPerWorker: 64 },
    { deadlineAt: Date.now() + 10_000 },
  );
  const isReady = async (): Promise<boolean> => {
    const { endpoints } = await mesh.jobQueue.call(listEndpoints, { name }, { deadlineAt: Date.now() + 10_000 });
    return endpoints[0]?.readyWorkers === workers;
  };
  while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 50));
  return endpoint.id;
}

const mesh = await startMesh({
  config: Config.parse({
    INFERMESH_FOLDER: folder,
    ...(databaseUrl === '' ? {} : { DATABASE_URL: databaseUrl }),
    LISTEN_ESD: '127.0.0.1:0/prod',
    LISTEN_AUTH: '127.0.0.1:0/auth',
    LISTEN_AIME: '127.0.0.1:0/aime',
    INFERMESH_LOG_LEVEL: 'warn',
    INFERMESH_RUNTIME_MODULES: fileURLToPath(new URL('./noop-runtime.mjs', import.meta.url)),
  }),
  extraDialects: [{ create: createNoopDialect, listen: [{ host: '127.0.0.1', port: 0, prefix: '/noop' }] }],
  dispatcherSettings: { maxUnfinishedPerEndpoint: 10_000_000, maxUnfinishedPerTenant: 10_000_000 },
});
const pool = await createPool(mesh, 'pool', 1);
// A pool without workers: what is submitted there waits, so that submits are measured alone.
const still = await createPool(mesh, 'still', 0);
await serveUntilStopped({
  url: mesh.addresses.find(({ dialect }) => dialect === 'noop')?.url,
  key: mesh.adminKey,
  redisUrl: mesh.redisAdminUrl,
  pool,
  still,
});
await mesh[Symbol.asyncDispose]();
