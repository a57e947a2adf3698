import { createHash } from 'node:crypto';

/**
 * The endpoint id, in the mesh's sense, of the external workers of a job type: their queue and their door are named after it. A
 * job type that is no name of a queue stands in it by its hash.
 */
export function externalEndpointId(jobType: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/u.test(jobType)) return `aime.${jobType}`;
  return `aime.hash.${createHash('sha256').update(jobType).digest('hex').slice(0, 32)}`;
}
