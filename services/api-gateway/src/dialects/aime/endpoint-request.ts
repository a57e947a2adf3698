import type { JobEndpoint, JsonValue } from '@infermesh/aime-endpoints';
import { MeshError } from '@infermesh/errors';
import { jsonAnswer, type JsonAnswer, type RequestHead } from '@infermesh/http';
import { z } from 'zod';

/** The `/<endpoint>` of a path. */
export const endpointParams = z.object({ endpoint: z.string().min(1) });

/** Parameters in a query: which there may be depends on the endpoint. */
export const anyQuery = z.looseObject({});

/** Answers whose fields depend on the endpoint. */
export const anyObject = z.record(z.string(), z.unknown()).meta({ id: 'Answer' });

interface InputRequest {
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Parameters that clients put where they like: the JavaScript client sends a body of nothing, and a query. */
export function eitherInput({ query = {}, body }: InputRequest): Readonly<Record<string, unknown>> {
  return { ...(isObject(body) ? body : {}), ...query };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws MeshError METHOD_NOT_ALLOWED */
export function requireMethod({ methods }: JobEndpoint, method: 'GET' | 'POST'): void {
  if (methods.includes(method)) return;
  throw new MeshError('METHOD_NOT_ALLOWED', `${method} is not allowed here; allowed: ${methods.join(', ')}`);
}

/** Why a request is refused, every reason in a list: dossier 1.4. */
export function refusalAnswer<const Status extends number>(
  status: Status,
  endpoint: Pick<JobEndpoint, 'version'>,
  errors: readonly string[],
): JsonAnswer<Status, Record<string, JsonValue>> {
  return jsonAnswer(status, { success: false, error: [...errors], ep_version: endpoint.version });
}

/** The first segment of the path; empty where it does not decode. */
export function endpointNameOf({ path }: RequestHead): string {
  try {
    return decodeURIComponent(path.split('/')[1] ?? '');
  } catch {
    return '';
  }
}
