export { aclFor, type AclNeeds } from './acl-for.js';
export { createJobQueue, type JobQueueOptions } from './create-job-queue.js';
export { firstThatFit } from './first-that-fit.js';
export { followForever, type FollowForeverOptions } from './follow-forever.js';
export { handle, type CallHandler, type HandlerContext } from './handle.js';
export type {
  CallOptions,
  CallStream,
  CancelOutcome,
  Entry,
  FollowOptions,
  JobEvent,
  JobQueue,
  Lease,
  LeaseOutcome,
  Leases,
  LeaseStanding,
  QueueCounts,
  QueueState,
  ServeOptions,
  Serving,
  StreamOptions,
  TakeOptions,
} from './job-queue.js';
export { SharedProcess } from './shared-process.js';
