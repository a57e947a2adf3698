import { countUnfinished, type CheckpointRef, type EndpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { everyEndpoint } from '../../../every-endpoint.js';
import { callService, type CallScope } from '../../../mesh-calls.js';
import type { ActingUser } from '../acting-user.js';
import { endpointKinds, statusWords } from '../endpoints/endpoint-view.js';
import { isOpenTo } from '../permission-checks.js';
import { bestPlaced } from './best-placed.js';

/** What one question to the dispatcher may name. */
const mostCompared = 100;

interface Wish {
  readonly tenantId: string;
  readonly user: ActingUser;
  readonly inferenceType: string;
  readonly taskType: string;
  readonly endpointName: string | undefined;
}

/**
 * Dossier 8.2, step 2: the endpoint that is named, or all that may take the job.
 *
 * @throws MeshError ENDPOINT_NOT_FOUND, ENDPOINT_NOT_READY in ESD's words
 */
export async function findEndpoints(
  jobQueue: JobQueue,
  wish: Wish,
  scope: CallScope,
): Promise<readonly EndpointView[]> {
  const { tenantId, endpointName } = wish;
  const filter = { tenantId, ...(endpointName === undefined ? {} : { name: endpointName }) };
  const endpoints = await everyEndpoint(jobQueue, filter, scope);
  return endpointName === undefined ? candidatesOf(endpoints, wish) : [checkNamed(endpoints, wish, endpointName)];
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

/** Of those that may take the job the one where it will start soonest. */
export async function chooseEndpoint(
  jobQueue: JobQueue,
  candidates: readonly EndpointView[],
  checkpoints: readonly CheckpointRef[],
  scope: CallScope,
): Promise<EndpointView> {
  if (candidates.length === 1) return bestPlaced(candidates, { unfinished: [0], checkpoints });
  const compared = candidates.slice(0, mostCompared);
  const endpointIds = compared.map(({ id }) => id);
  const { unfinished } = await callService(jobQueue, countUnfinished, { endpointIds }, scope);
  return bestPlaced(compared, { unfinished, checkpoints });
}
