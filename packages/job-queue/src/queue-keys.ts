import { MeshError } from '@infermesh/errors';

/** BullMQ's key prefix of a queue. The braces keep a queue in one slot of a cluster. */
export function queuePrefix(queue: string): string {
  return `{bull-${queue}}`;
}

/** A key of a queue: `wait`, `active`, a job's id, ... */
export function queueKey(queue: string, part: string): string {
  return `${queuePrefix(queue)}:${queue}:${part}`;
}

const parts = [
  ...['wait', 'paused', 'active', 'prioritized', 'delayed', 'completed', 'failed', 'waiting-children', 'repeat'],
  ...['meta', 'id', 'pc', 'events', 'marker', 'stalled', 'stalled-check', 'limiter', 'cancelled', 'asks'],
];

/** Every key of a queue that is not a job. */
export function queueKeys(queue: string): string[] {
  return parts.map((part) => queueKey(queue, part));
}

/** Ids that were cancelled while a consumer held them, with the time: what a lost publish leaves behind. */
export function cancelMarksKey(queue: string): string {
  return queueKey(queue, 'cancelled');
}

/** The list on which calls lie that bear repetition. */
export function asksKey(queue: string): string {
  return queueKey(queue, 'asks');
}

export function replyStream(service: string, instanceId: string): string {
  return `{reply-${service}.${instanceId}}`;
}

/** What a request may name as the place of its answer. Whoever answers can write to more than its caller can. */
export function isReplyStream(key: string): boolean {
  return /^\{reply-[A-Za-z0-9-]{1,100}\.[A-Za-z0-9-]{1,100}\}$/u.test(key);
}

export function eventStream(jobId: string): string {
  return `{events-${jobId}}`;
}

/** Where the consumers of a queue hear about cancelled and slow calls. */
export function controlChannel(queue: string): string {
  return `cancel.${queue}`;
}

export function jobChannel(jobId: string): string {
  return `job.${jobId}`;
}

/** @throws MeshError CONFIG_INVALID */
export function checkQueueName(queue: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/u.test(queue))
    throw new MeshError('CONFIG_INVALID', `"${queue}" is not a queue name`);
}

/** @throws MeshError CONFIG_INVALID */
export function checkServiceName(service: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/u.test(service))
    throw new MeshError('CONFIG_INVALID', `"${service}" is not a service name`);
}

/** BullMQ reads a colon as a separator and takes digits for an id of its own. @throws MeshError BAD_REQUEST */
export function checkJobId(jobId: string): void {
  if (!/^(?!\d+$)[A-Za-z0-9._-]{1,200}$/u.test(jobId)) throw new MeshError('BAD_REQUEST', `"${jobId}" is not a job id`);
}
