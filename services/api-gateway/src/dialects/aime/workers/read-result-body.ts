import { MeshError } from '@infermesh/errors';
import type { RawBody } from '@infermesh/http';

/** Of the envelope, what is needed to tell whose result this would have been. */
const envelopeField = /"(job_id|job_type|auth|auth_key)"\s*:\s*"([^"\\]{1,2000})"/gu;

/**
 * The body of a result. What cannot be read, such as the NaN that Python writes or half of a surrogate pair, becomes the `error`
 * of its job: workers send a result once, and who waits for it would wait until the lease of the job ends.
 *
 * @throws MeshError BAD_REQUEST where it does not say which job it is of
 */
export async function readResultBody(body: RawBody): Promise<unknown> {
  try {
    return await body.json();
  } catch (error) {
    const fields = [...body.bytes.toString('utf8').matchAll(envelopeField)].map(([, name, value]) => [name, value]);
    const envelope = Object.fromEntries(fields) as Record<string, string>;
    if (!(error instanceof MeshError) || envelope['job_id'] === undefined) throw error;
    return { ...envelope, error: `the worker's result cannot be read: ${error.message}` };
  }
}
