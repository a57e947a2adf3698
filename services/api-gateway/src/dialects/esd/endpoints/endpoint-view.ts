import type { EndpointView } from '@infermesh/contracts';
import { z } from 'zod';
import { toTimestamp } from '../timestamp.js';
import type { VersionRules } from '../version-rules.js';

/** ESD's words for the states of an endpoint (dossier 7). */
export const statusWords: Record<EndpointView['status'], string> = {
  creating: 'Creating',
  'in-service': 'InService',
  failed: 'Failed',
  deleting: 'Deleting',
};

export const endpointKinds = ['Async', 'Real-time'] as const;

/** What ESD keeps of an endpoint beside the record; written by create-endpoint.ts alone. */
export interface EsdEndpointData {
  readonly serviceType?: string;
  readonly customExtensions?: string;
}

/** Counts are the type that was sent in a creation's answer, and strings in lists (dossier 10). */
const countText = z.union([z.string(), z.number()]);

export const endpointView = z
  .object({
    EndpointDeploymentJobId: z.string(),
    autoscaling: z.boolean(),
    max_instance_number: countText,
    min_instance_number: countText.optional(),
    startTime: z.string(),
    status: z.null(),
    instance_type: z.string(),
    current_instance_count: z.string(),
    endTime: z.string().nullable(),
    endpoint_status: z.string(),
    endpoint_name: z.string(),
    error: z.string().nullable(),
    endpoint_type: z.string(),
    owner_group_or_role: z.array(z.string()),
    custom_docker_image_uri: z.string().optional(),
    custom_extensions: z.string().optional(),
    service_type: z.string().optional(),
  })
  .meta({ id: 'Endpoint' });

export function toEndpoint(endpoint: EndpointView, rules: VersionRules): z.input<typeof endpointView> {
  const { autoscaling, desiredWorkers, image, readyAt } = endpoint;
  const { serviceType = 'sd', customExtensions = '' } = endpoint.dialectData as EsdEndpointData;
  return {
    EndpointDeploymentJobId: endpoint.id,
    autoscaling: autoscaling !== null,
    max_instance_number: String(autoscaling?.maxWorkers ?? desiredWorkers),
    ...(rules.hasPages ? { min_instance_number: String(autoscaling?.minWorkers ?? desiredWorkers) } : {}),
    startTime: toTimestamp(endpoint.createdAt, rules),
    status: null,
    instance_type: endpoint.instanceType,
    current_instance_count: String(endpoint.readyWorkers),
    endTime: readyAt === null ? null : toTimestamp(readyAt, rules),
    endpoint_status: statusWords[endpoint.status],
    endpoint_name: endpoint.name,
    error: endpoint.error,
    endpoint_type: endpoint.kind,
    owner_group_or_role: endpoint.ownerRoles,
    ...(image === null ? {} : { custom_docker_image_uri: image }),
    ...(rules.hasPages ? { custom_extensions: customExtensions } : {}),
    ...(rules.isTraced ? { service_type: serviceType } : {}),
  };
}
