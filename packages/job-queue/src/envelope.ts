import type { CallContract } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import { isReplyStream } from './queue-keys.js';

/** Larger values travel as references to objects. */
export const maxValueBytes = 65_536;

const replyStreamName = z.string().refine(isReplyStream, 'is not a reply stream');

/** What a queue carries: a request with what is needed to judge and answer it. */
const envelopeSchema = z.object({
  v: z.literal(1),
  kind: z.enum(['call', 'entry']),
  name: z.string(),
  version: z.number().int(),
  request: z.unknown(),
  requestId: z.string(),
  /** Calls only: epoch milliseconds, and the stream that takes the answer. */
  deadlineAt: z.number().optional(),
  replyTo: replyStreamName.optional(),
  idempotencyKey: z.string().optional(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** A call that lies on a list of asks by itself. */
const askSchema = envelopeSchema.extend({
  id: z.string().min(1).max(200),
  kind: z.literal('call'),
  deadlineAt: z.number(),
  replyTo: replyStreamName,
});
export type Ask = z.infer<typeof askSchema>;

/** The form in which a refusal travels. */
export const errorDto = z.object({
  code: z.string(),
  message: z.string(),
  retryAfterSeconds: z.number().optional(),
  field: z.string().optional(),
  details: z.array(z.string()).optional(),
});

/** @throws MeshError SERVICE_UNAVAILABLE when a newer or older deploy wrote it */
export function parseEnvelope(data: unknown): Envelope {
  return parseOfThisVersion(envelopeSchema, data);
}

/** @throws MeshError SERVICE_UNAVAILABLE when a newer or older deploy wrote it */
export function parseAsk(data: unknown): Ask {
  return parseOfThisVersion(askSchema, data);
}

function parseOfThisVersion<Schema extends z.ZodType>(schema: Schema, data: unknown): z.output<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new MeshError('SERVICE_UNAVAILABLE', 'the request was written by another version of the queue', {
    cause: parsed.error,
  });
}

/** Where the sender of something that is no envelope may be told so. */
export function replyStreamOf(data: unknown): string | undefined {
  return z.object({ replyTo: replyStreamName }).safeParse(data).data?.replyTo;
}

/** @throws MeshError SERVICE_UNAVAILABLE: another instance, of the right version, may answer the same request */
export function checkVersion(contract: CallContract, asked: { readonly version: number }): void {
  if (contract.version === asked.version) return;
  const versions = `version ${String(asked.version)}, this service speaks version ${String(contract.version)}`;
  throw new MeshError('SERVICE_UNAVAILABLE', `the caller of ${contract.name} speaks ${versions}`);
}

/** Parses one side's value of a contract. @throws MeshError with the given code, naming the field */
export function parseValue<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  code: 'BAD_REQUEST' | 'INTERNAL',
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  const reason = `${what} is not valid${field === '' ? '' : ` at ${field}`}: ${issue?.message ?? 'unknown'}`;
  throw new MeshError(code, reason, { cause: parsed.error, ...(field === '' ? {} : { field }) });
}

/** JSON text of a value that is small enough to travel. @throws MeshError BODY_TOO_LARGE */
export function encodeValue(value: unknown, what: string, maxBytes = maxValueBytes): string {
  const text = (JSON.stringify(value) as string | undefined) ?? 'null'; // undefined has no JSON
  if (text.length <= maxBytes / 3 || Buffer.byteLength(text) <= maxBytes) return text;
  throw new MeshError(
    'BODY_TOO_LARGE',
    `${what} is over ${String(maxBytes)} bytes: send it as a reference to an object`,
  );
}
