import { listEndpoints, type EndpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from '../../../mesh-calls.js';
import type { ActingUser } from '../acting-user.js';

interface Wish {
  readonly tenantId: string;
  readonly user: ActingUser;
  readonly inferenceType: string;
  readonly taskType: string;
  readonly endpointName: string | undefined;
}

/** The words of ESD's endpoint statuses. */
const statusWords: Record<EndpointView['status'], string> = {
  creating: 'Creating',
  'in-service': 'InService',
  failed: 'Failed',
  deleting: 'Deleting',
};

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

function isOpenTo({ ownerRoles }: EndpointView, { user }: Wish): boolean {
  return (
    ownerRoles.length === 0 ||
    ownerRoles.some((role) => role === '*' || role === user.name || user.roles.includes(role))
  );
}

function checkNamed(endpoints: readonly EndpointView[], wish: Wish, name: string): EndpointView {
  const endpoint = endpoints.find((candidate) => isOpenTo(candidate, wish));
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
  if (!endpoint.jobTypes.includes(wish.taskType)) {
    throw new MeshError(
      'ENDPOINT_NOT_FOUND',
      `endpoint "${name}" runs no ${wish.taskType} jobs, only ${endpoint.jobTypes.join(', ')}`,
      { field: 'task_type' },
    );
  }
  return endpoint;
}

function chooseByUser(endpoints: readonly EndpointView[], wish: Wish): EndpointView {
  const usable = endpoints.filter(
    (endpoint) =>
      endpoint.kind === wish.inferenceType &&
      endpoint.status === 'in-service' &&
      endpoint.jobTypes.includes(wish.taskType) &&
      isOpenTo(endpoint, wish),
  );
  const chosen = usable[Math.floor(Math.random() * usable.length)];
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
