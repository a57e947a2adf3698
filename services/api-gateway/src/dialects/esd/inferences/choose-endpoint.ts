import { countUnfinished, listEndpoints, type EndpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from '../../../mesh-calls.js';
import type { ActingUser } from '../acting-user.js';
import { endpointKinds, statusWords } from '../endpoints/endpoint-view.js';
import { isOpenTo } from '../permission-checks.js';
import { leastLoaded } from './least-loaded.js';

/** What one question to the dispatcher may name. */
const mostCompared = 100;

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
  if (endpointName !== undefined) return checkNamed(endpoints, wish, endpointName);
  return chooseByLoad(jobQueue, candidatesOf(endpoints, wish), scope);
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

/** @throws MeshError ENDPOINT_NOT_FOUND */
function candidatesOf(endpoints: readonly EndpointView[], wish: Wish): readonly EndpointView[] {
  const usable = endpoints.filter(
    (endpoint) =>
      endpoint.kind === wish.inferenceType &&
      endpoint.status === 'in-service' &&
      isOpenTo(endpoint.ownerRoles, wish.user),
  );
  const able = usable.filter(({ jobTypes }) => jobTypes.includes(wish.taskType));
  const candidates = able.length === 0 ? usable : able; // a worker tells better why it cannot do a task
  if (candidates.length === 0) {
    throw new MeshError(
      'ENDPOINT_NOT_FOUND',
      `no available ${wish.inferenceType} endpoints for user "${wish.user.name}"`,
      {
        field: 'inference_type',
      },
    );
  }
  return candidates;
}

async function chooseByLoad(
  jobQueue: JobQueue,
  candidates: readonly EndpointView[],
  scope: CallScope,
): Promise<EndpointView> {
  if (candidates.length === 1) return leastLoaded(candidates, [0]);
  const compared = candidates.slice(0, mostCompared);
  const endpointIds = compared.map(({ id }) => id);
  const { unfinished } = await callService(jobQueue, countUnfinished, { endpointIds }, scope);
  return leastLoaded(compared, unfinished);
}
