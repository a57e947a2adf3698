import type { createEndpoint } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { z } from 'zod';
import type { EndpointRecord } from './endpoint-record.js';
import type { InstanceTypes } from './instance-types.js';

type Wish = Pick<
  z.output<(typeof createEndpoint)['request']>,
  'tenantId' | 'ownerRoles' | 'onePerRole' | 'instanceType' | 'workers' | 'image'
>;

/** What the operator allows. */
export interface EndpointPolicy {
  readonly instanceTypes: InstanceTypes;
  /** Container images that may run instead of the mesh's own. */
  readonly customImages: readonly string[];
}

/** @throws MeshError CONFLICT; `details` name the role that has an endpoint already */
export function checkRoles({ onePerRole, tenantId, ownerRoles }: Wish, existing: readonly EndpointRecord[]): void {
  if (!onePerRole) return;
  const others = existing.filter((other) => other.tenantId === tenantId && other.status !== 'deleting');
  const taken = ownerRoles.find((role) => others.some((other) => other.ownerRoles.includes(role)));
  if (taken === undefined) return;
  throw new MeshError('CONFLICT', `role ${taken} has an endpoint already`, { field: 'ownerRoles', details: [taken] });
}

/** @throws MeshError BAD_REQUEST for an image, QUOTA_EXCEEDED for a size that the operator does not allow */
export function checkPolicy(
  { instanceType, workers, image }: Wish,
  existing: readonly EndpointRecord[],
  { instanceTypes, customImages }: EndpointPolicy,
): void {
  if (image !== null && !customImages.includes(image)) {
    throw new MeshError('BAD_REQUEST', `the image ${image} is not on the operator's list of custom images`, {
      field: 'image',
    });
  }
  const quota = Object.hasOwn(instanceTypes, instanceType) ? (instanceTypes[instanceType]?.quota ?? 0) : 0;
  const used = existing
    .filter((other) => other.instanceType === instanceType && other.status !== 'deleting')
    .reduce((sum, { desiredWorkers }) => sum + desiredWorkers, 0);
  if (used + workers <= quota) return;
  throw new MeshError(
    'QUOTA_EXCEEDED',
    `the limit '${instanceType} for endpoint usage' is ${quota} Instances, with current utilization of ${used} Instances and a request delta of ${workers} Instances; the operator may raise the quota in the table of instance types`,
    { field: 'workers' },
  );
}
