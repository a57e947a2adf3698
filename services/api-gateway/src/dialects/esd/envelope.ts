import { STATUS_CODES } from 'node:http';
import { jsonAnswer, type JsonAnswer } from '@infermesh/http';
import { z } from 'zod';

/** The schema of `functionAnswer(status, undefined)`. */
export function messageBody<const Status extends number>(
  status: Status,
): z.ZodObject<{ statusCode: z.ZodLiteral<Status>; message: z.ZodString }> {
  return z.object({ statusCode: z.literal(status), message: z.string() });
}

/** The schema of `functionAnswer(status, data)`. */
export function functionBody<const Status extends number, Data extends z.ZodType>(
  status: Status,
  data: Data,
): z.ZodObject<{ statusCode: z.ZodLiteral<Status>; data: Data; message: z.ZodString }> {
  return z.object({ statusCode: z.literal(status), data, message: z.string() });
}

interface FunctionBody<Status extends number, Data> {
  readonly statusCode: Status;
  readonly data: Data;
  readonly message: string;
}

/** `{statusCode, data, message}`, what the functions behind ESD's gateway answer (dossier 1). Undefined `data` is left out. */
export function functionAnswer<const Status extends number, Data extends object | undefined>(
  status: Status,
  data: Data,
  message: string = STATUS_CODES[status] ?? '',
): JsonAnswer<Status, FunctionBody<Status, Data>> {
  return jsonAnswer(status, { statusCode: status, data, message });
}

/** `{message}`, what the gateway itself answers: keys, unknown paths, quotas, timeouts (dossier 1). */
export function gatewayAnswer<const Status extends number>(
  status: Status,
  message: string,
): JsonAnswer<Status, { readonly message: string }> {
  return jsonAnswer(status, { message });
}

export const functionErrorBody = z
  .object({ statusCode: z.number().int(), message: z.string() })
  .meta({ id: 'FunctionError' });
export const gatewayErrorBody = z.object({ message: z.string() }).meta({ id: 'GatewayError' });
