import type { ErrorCode, MeshError } from '@infermesh/errors';
import type { HttpAnswer } from '@infermesh/http';
import type { z } from 'zod';
import { EsdFault } from './esd-fault.js';
import { functionAnswer, functionErrorBody, gatewayAnswer, gatewayErrorBody } from './envelope.js';

interface Shape {
  readonly by: 'function' | 'gateway';
  readonly status: number;
  readonly text?: string;
}

const byFunction = (status: number): Shape => ({ by: 'function', status });
const byGateway = (status: number, text?: string): Shape => ({
  by: 'gateway',
  status,
  ...(text === undefined ? {} : { text }),
});

/** ESD knows few statuses: what its functions refuse is 400, a missing or wrong key 403, what fails inside 5xx. */
const shapes: Record<ErrorCode, Shape> = {
  BAD_REQUEST: byFunction(400),
  BODY_TOO_LARGE: byGateway(413),
  UNAUTHENTICATED: byGateway(403, 'Forbidden'),
  FORBIDDEN: byFunction(403),
  NOT_FOUND: byFunction(404),
  METHOD_NOT_ALLOWED: byGateway(403, 'Missing Authentication Token'),
  CONFLICT: byFunction(400),
  IDEMPOTENCY_MISMATCH: byFunction(400),
  QUOTA_EXCEEDED: byGateway(429, 'Too Many Requests'),
  QUEUE_FULL: byGateway(429, 'Limit Exceeded'),
  ENDPOINT_NOT_FOUND: byFunction(400),
  ENDPOINT_NOT_READY: byFunction(400),
  CHECKPOINT_NOT_FOUND: byFunction(400),
  CHECKPOINT_CORRUPT: byFunction(400),
  PAYLOAD_MISSING: byFunction(400),
  PAYLOAD_TOO_LARGE: byFunction(400),
  PAYLOAD_INVALID: byFunction(400),
  MEDIA_INVALID: byFunction(400),
  MEDIA_TOO_LARGE: byFunction(400),
  STALE_CLAIM: byFunction(400),
  CANCELLED: byFunction(400),
  DEADLINE_EXCEEDED: byGateway(504, 'Endpoint request timed out'),
  EXPIRED: byFunction(400),
  WORKER_LOST: byGateway(503),
  MODEL_FAILED: byFunction(400),
  OUT_OF_MEMORY: byFunction(400),
  OBJECT_NOT_FOUND: byFunction(404),
  OBJECT_CORRUPT: byGateway(502, 'Internal server error'),
  STORAGE_UNAVAILABLE: byGateway(503),
  DATABASE_UNAVAILABLE: byGateway(503),
  QUEUE_UNAVAILABLE: byGateway(503),
  SERVICE_UNAVAILABLE: byGateway(503),
  OUTBOUND_REFUSED: byFunction(400),
  OUTBOUND_FAILED: byFunction(400),
  CONFIG_INVALID: byGateway(502, 'Internal server error'),
  INTERNAL: byGateway(502, 'Internal server error'),
};

export function answerError(error: MeshError): HttpAnswer {
  const { code, message } = error;
  const { by, status, text } =
    error instanceof EsdFault ? { by: error.by, status: error.answerStatus, text: message } : shapes[code];
  return by === 'function'
    ? functionAnswer(status, undefined, text ?? message)
    : gatewayAnswer(status, text ?? message);
}

/** Status and schema of what `answerError` says. */
export function describeError(code: ErrorCode): { status: number; schema: z.ZodType } {
  const { by, status } = shapes[code];
  return { status, schema: by === 'function' ? functionErrorBody : gatewayErrorBody };
}
