import { STATUS_CODES } from 'node:http';
import { jsonAnswer, type JsonAnswer } from '@infermesh/http';
import { z } from 'zod';

/** Where the request left its traces, from 1.6 on. */
const debug = z.object({ function_url: z.string(), log_url: z.string(), trace_url: z.string() }).meta({ id: 'Debug' });
type OptionalDebug = z.ZodOptional<typeof debug>;

/** The schema of `functionAnswer(status, undefined)`. */
export function messageBody<const Status extends number>(
  status: Status,
): z.ZodObject<{ statusCode: z.ZodLiteral<Status>; message: z.ZodString; debug: OptionalDebug }> {
  return z.object({ statusCode: z.literal(status), message: z.string(), debug: debug.optional() });
}

/** The schema of `functionAnswer(status, data)`. */
export function functionBody<const Status extends number, Data extends z.ZodType>(
  status: Status,
  data: Data,
): z.ZodObject<{ statusCode: z.ZodLiteral<Status>; data: Data; message: z.ZodString; debug: OptionalDebug }> {
  return z.object({ statusCode: z.literal(status), data, message: z.string(), debug: debug.optional() });
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
  .object({
    statusCode: z.number().int(),
    message: z.string(),
    debug: debug.optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: 'FunctionError' });
export const gatewayErrorBody = z
  .object({ message: z.string(), requestId: z.string().optional() })
  .meta({ id: 'GatewayError' });
export const unauthorizedBody = z.union([gatewayErrorBody, functionErrorBody]).meta({ id: 'Unauthorized' });
