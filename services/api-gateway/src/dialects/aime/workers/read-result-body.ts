import { MeshError } from '@infermesh/errors';
import type { RawBody } from '@infermesh/http';
import { findEnvelope } from './worker-envelope.js';

/**
 * The body of a result. What cannot be read, such as the NaN that Python writes or half of a surrogate pair, or what is too
 * large, becomes the `error` of its job: workers send a result once, and who waits for it would wait until the lease of the
 * job ends.
 *
 * @throws MeshError BAD_REQUEST, BODY_TOO_LARGE where it does not say which job it is of
 */
export async function readResultBody(body: RawBody): Promise<unknown> {
  try {
    return await body.json();
  } catch (error) {
    const { progress: _, ...envelope } = findEnvelope(body.bytes);
    if (!(error instanceof MeshError) || envelope.job_id === undefined) throw error;
    return { ...envelope, error: `the worker's result cannot be read: ${error.message}` };
  }
}
