import { createEndpoint, listEndpoints, type EndpointView } from '@infermesh/contracts';
import { expect, it } from '@jest/globals';
import { startEmbeddedMesh, type EmbeddedMesh } from '../../harness/embedded-mesh.js';
import { eventually } from '../../harness/processes.js';
import { testImage } from '../../harness/test-image.js';

const warm = 'esd-async-warm';

async function endpointsOf({ mesh }: EmbeddedMesh): Promise<readonly EndpointView[]> {
  return (await mesh.jobQueue.call(listEndpoints, { kind: 'Async' }, { deadlineAt: Date.now() + 10_000 })).endpoints;
}

/** Beside the endpoint that every mesh has. */
async function addEndpoint(bench: EmbeddedMesh): Promise<void> {
  const wanted = { name: warm, kind: 'Async', tenantId: 'default', jobTypes: ['extra-single-image'], workers: 1 };
  await bench.mesh.jobQueue.call(createEndpoint, wanted, { deadlineAt: Date.now() + 10_000 });
  await eventually(
    'both endpoints in service',
    async () => (await endpointsOf(bench)).every(({ status }) => status === 'in-service') || undefined,
    60_000,
  );
}

it('sends a job to the endpoint whose worker has its checkpoints loaded', async () => {
  await using bench = await startEmbeddedMesh();
  await addEndpoint(bench);
  const { client } = bench;
  const image = (await testImage()).toString('base64');
  const job = await client.run({ upscaler_1: 'infermesh-photo-x2', image }, { sagemaker_endpoint_name: warm });
  expect(job.status).toBe('succeed');
  const told = await eventually(
    'the worker telling what it has loaded',
    async () => {
      const endpoints = await endpointsOf(bench);
      return endpoints.some(({ warmCheckpoints }) => warmCheckpoints.length > 0) ? endpoints : undefined;
    },
    60_000,
  );
  const loaded = told.filter(({ warmCheckpoints }) => warmCheckpoints.length > 0);
  expect(loaded.map(({ name, warmCheckpoints }) => [name, warmCheckpoints])).toEqual([
    [warm, [expect.stringMatching(/^[0-9a-f]{64}$/u)]],
  ]);

  // each lengthens the queue by one: the first find the warm endpoint, and the later not a queue without end
  const chosen: string[] = [];
  for (let count = 0; count < 12; count += 1) {
    const created = await client.create();
    const id = created.body.data?.inference?.id ?? '';
    const shown = await client.get(id);
    const { params } = shown.body.data as { params?: { sagemaker_inference_endpoint_name: string } };
    chosen.push(params?.sagemaker_inference_endpoint_name ?? '');
  }
  expect(chosen.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => warm));
  expect(new Set(chosen)).toEqual(new Set([warm, 'esd-async-local']));
}, 180_000);
