import { listEndpoints, type EndpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from '../../../mesh-calls.js';
import type { ActingUser } from '../acting-user.js';
import { endpointKinds, statusWords } from '../endpoints/endpoint-view.js';
import { isOpenTo } from '../permission-checks.js';

interface Wish {
  readonly tenantId: string;
  readonly user: ActingUser;
  readonly inferenceType: string;
  readonly taskType: string;
  readonly endpointName: string | undefined;
}

/** Dossier 8.2, step 2. @throws MeshError ENDPOINT_NOT_FOUND, ENDPOINT_NOT_READY in ESD's words */
export async function chooseEndpoint(jobQueue: JobQueue, wish: Wish, scope: CallScope): Promise<EndpointView> {
  const { tenantId, endpointName } = wish;
  const { endpoints } = await callService(
    jobQueue,
    listEndpoints,
    { tenantId, ...(endpointName === undefined ? {} : { name: endpointName }) },
    scope,
  );
  return endpointName === undefined ? chooseByUser(endpoints, wish) : checkNamed(endpoints, wish, endpointName);
}

function checkNamed(endpoints: readonly EndpointView[], wish: Wish, name: string): EndpointView {
  const endpoint = endpoints.find(
    ({ kind, ownerRoles }) => (endpointKinds as readonly string[]).includes(kind) && isOpenTo(ownerRoles, wish.user),
  );
  if (endpoint === undefined) {
    throw new MeshError('ENDPOINT_NOT_FOUND', `no endpoint named "${name}" is open to user "${wish.user.name}"`, {
      field: 'sagemaker_endpoint_name',
    });
  }
  if (endpoint.status !== 'in-service') {
    throw new MeshError(
      'ENDPOINT_NOT_READY',
      `sagemaker endpoint is not ready with status: ${statusWords[endpoint.status]}`,
    );
  }
  return endpoint;
}

function chooseByUser(endpoints: readonly EndpointView[], wish: Wish): EndpointView {
  const usable = endpoints.filter(
    (endpoint) =>
      endpoint.kind === wish.inferenceType &&
      endpoint.status === 'in-service' &&
      isOpenTo(endpoint.ownerRoles, wish.user),
  );
  const able = usable.filter(({ jobTypes }) => jobTypes.includes(wish.taskType));
  const candidates = able.length === 0 ? usable : able; // a worker tells better why it cannot do a task
  const chosen = candidates[Math.floor(Math.random() * candidates.length)];
  if (chosen === undefined) {
    throw new MeshError(
      'ENDPOINT_NOT_FOUND',
      `no available ${wish.inferenceType} endpoints for user "${wish.user.name}"`,
      {
        field: 'inference_type',
      },
    );
  }
  return chosen;
}
