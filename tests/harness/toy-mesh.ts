import { fileURLToPath } from 'node:url';
import { createEndpoint, listEndpoints } from '@infermesh/contracts';
import type { MeshOptions } from '@infermesh/all-in-one';
import { startEmbeddedMesh, addressOf, type EmbeddedMesh } from './embedded-mesh.js';
import { eventually } from './processes.js';
import { ToyClient } from './toy-client.js';
import { createToyDialect } from './toy-dialect.js';

const toyModule = fileURLToPath(new URL('./toy-runtime/module.mjs', import.meta.url));

const startWithinMs = 60_000;

export interface ToyMesh extends EmbeddedMesh {
  readonly toys: ToyClient;
  readonly toyEndpointId: string;
}

/** A mesh with the toy runtime on an endpoint named `toys`, and the toy dialect beside the product's. */
export async function startToyMesh(
  options: Omit<MeshOptions, 'config'> & { workers?: number; slots?: number; env?: Record<string, string> } = {},
): Promise<ToyMesh> {
  const { workers = 1, slots = 2, env = {}, ...meshOptions } = options;
  const bench = await startEmbeddedMesh({
    ...meshOptions,
    env: { INFERMESH_RUNTIME_MODULES: toyModule, ...env },
    extraDialects: [
      {
        create: (parts) => createToyDialect(parts),
        listen: [{ host: '127.0.0.1', port: 0, prefix: '/toy' }],
      },
    ],
  });
  const { jobQueue } = bench.mesh;
  const { endpoint } = await jobQueue.call(
    createEndpoint,
    {
      name: 'toys',
      kind: 'toy',
      tenantId: 'default',
      jobTypes: ['toy-echo', 'toy-sleep', 'toy-file'],
      workers,
      slotsPerWorker: slots,
    },
    { deadlineAt: Date.now() + 10_000 },
  );
  await eventually(
    'the toy workers being ready',
    async () => {
      const { endpoints } = await jobQueue.call(listEndpoints, { name: 'toys' }, { deadlineAt: Date.now() + 10_000 });
      return endpoints[0]?.readyWorkers === workers ? true : undefined;
    },
    startWithinMs,
  );
  return {
    ...bench,
    toys: new ToyClient(addressOf(bench.mesh, 'toy'), bench.adminKey),
    toyEndpointId: endpoint.id,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}
