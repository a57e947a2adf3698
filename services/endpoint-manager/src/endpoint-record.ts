import type { EndpointView } from '@infermesh/contracts';

export type EndpointStatus = EndpointView['status'];

/** What changes in an endpoint's life; the rest of it is fixed when it is made. */
export interface EndpointStanding {
  readonly status: EndpointStatus;
  /** What is wrong, for its owner; null when nothing is. */
  readonly error: string | null;
  /** When a worker was first ready. */
  readonly readyAt: Date | null;
}

export interface EndpointRecord extends EndpointStanding {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly tenantId: string;
  readonly ownerRoles: readonly string[];
  readonly jobTypes: readonly string[];
  readonly instanceType: string;
  readonly desiredWorkers: number;
  readonly slotsPerWorker: number;
  readonly autoscaling: EndpointView['autoscaling'];
  readonly image: string | null;
  readonly dialectData: EndpointView['dialectData'];
  readonly createdAt: Date;
}

/** What its workers tell, and nobody writes down. */
export interface EndpointPresence {
  readonly readyWorkers: number;
  readonly warmCheckpoints: readonly string[];
}

export function toEndpointView(
  record: EndpointRecord,
  { readyWorkers, warmCheckpoints }: EndpointPresence,
): EndpointView {
  const { ownerRoles, jobTypes, createdAt, readyAt, ...same } = record;
  return {
    ...same,
    ownerRoles: [...ownerRoles],
    jobTypes: [...jobTypes],
    readyWorkers,
    warmCheckpoints: [...warmCheckpoints],
    createdAt: createdAt.toISOString(),
    readyAt: readyAt?.toISOString() ?? null,
  };
}
