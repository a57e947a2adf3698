/**
 * Every error code of the mesh: what it means, whether trying the same thing again can succeed, and the HTTP status that
 * a dialect answers unless its own wire facts say otherwise.
 */
export interface ErrorCodeInfo {
  readonly meaning: string;
  /** True when the same request, unchanged, may succeed later. Decides whether an attempt is repeated. */
  readonly retryable: boolean;
  readonly status: number;
}

const define = (status: number, retryable: boolean, meaning: string): ErrorCodeInfo => ({ status, retryable, meaning });

export const errorCodes = {
  BAD_REQUEST: define(400, false, 'a field is missing, of the wrong type or out of range; the message names it'),
  BODY_TOO_LARGE: define(413, false, 'the request body is over the limit of this door'),
  UNAUTHENTICATED: define(401, false, 'no credential, or one that is unknown, expired or revoked'),
  FORBIDDEN: define(403, false, 'the credential is good but lacks the permission'),
  NOT_FOUND: define(404, false, 'no such thing, or it belongs to someone else'),
  METHOD_NOT_ALLOWED: define(405, false, 'the path exists, the method does not'),
  CONFLICT: define(409, false, 'the thing exists already, or is not in the state this needs'),
  IDEMPOTENCY_MISMATCH: define(409, false, 'the idempotency key was used before with a different request'),
  QUOTA_EXCEEDED: define(429, true, 'the caller has used up a limit of its own; try again after Retry-After'),
  QUEUE_FULL: define(429, true, 'the endpoint has too many waiting jobs; try again after Retry-After'),
  ENDPOINT_NOT_FOUND: define(404, false, 'no endpoint of that name or kind is open to the caller'),
  ENDPOINT_NOT_READY: define(503, true, 'the endpoint exists and has no worker ready yet'),
  CHECKPOINT_NOT_FOUND: define(404, false, 'no active checkpoint of that name and type'),
  CHECKPOINT_CORRUPT: define(500, false, 'the checkpoint cannot be loaded, or its digest differs from the record'),
  PAYLOAD_MISSING: define(400, false, 'the payload was never uploaded'),
  PAYLOAD_TOO_LARGE: define(413, false, 'the payload is over the limit of its job type'),
  PAYLOAD_INVALID: define(422, false, 'the payload cannot be read, or a field in it is wrong'),
  MEDIA_INVALID: define(422, false, 'the image, audio or video cannot be decoded'),
  MEDIA_TOO_LARGE: define(422, false, 'the media has more pixels, frames or seconds than allowed'),
  STALE_CLAIM: define(409, false, 'the attempt was given to another worker; its results are ignored'),
  CANCELLED: define(409, false, 'the job was cancelled by its owner'),
  DEADLINE_EXCEEDED: define(504, false, 'the work did not end before its deadline'),
  EXPIRED: define(410, false, 'the job was never started within its lifetime'),
  WORKER_LOST: define(503, true, 'the worker that ran the job died'),
  MODEL_FAILED: define(500, false, 'the model raised an error while it ran'),
  OUT_OF_MEMORY: define(500, true, 'the work needs more memory than the worker may use'),
  OBJECT_NOT_FOUND: define(404, false, 'the stored object does not exist'),
  OBJECT_CORRUPT: define(500, false, 'the stored object does not match its digest'),
  STORAGE_UNAVAILABLE: define(503, true, 'the object store does not answer'),
  DATABASE_UNAVAILABLE: define(503, true, 'the database does not answer'),
  QUEUE_UNAVAILABLE: define(503, true, 'Redis does not answer'),
  SERVICE_UNAVAILABLE: define(503, true, 'the service that owns this call does not answer'),
  OUTBOUND_REFUSED: define(400, false, 'the URL leads to an address, scheme or port that outbound calls may not reach'),
  OUTBOUND_FAILED: define(502, true, 'the remote server did not answer as it should'),
  CONFIG_INVALID: define(500, false, 'a setting is missing or contradicts another; the message names it'),
  INTERNAL: define(500, false, 'a defect of the mesh; the log has the cause'),
} as const satisfies Record<string, ErrorCodeInfo>;

export type ErrorCode = keyof typeof errorCodes;

/** True when a server that the work needs did not answer: the work itself is not to blame, and waiting helps. */
export function isOutage(code: string): boolean {
  // A worker that died may have died of the work.
  return isErrorCode(code) && errorCodes[code].retryable && errorCodes[code].status === 503 && code !== 'WORKER_LOST';
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value);
}
