import type { JobEndpoint, JsonValue } from '@infermesh/aime-endpoints';
import { MeshError } from '@infermesh/errors';
import { jsonAnswer, type JsonAnswer, type RequestHead } from '@infermesh/http';
import { z } from 'zod';

/** The `/<endpoint>` of a path. */
export const endpointParams = z.object({ endpoint: z.string().min(1) });

/** Answers whose fields depend on the endpoint. */
export const anyObject = z.record(z.string(), z.unknown()).meta({ id: 'Answer' });

type InputRequest = Pick<RequestHead, 'method' | 'search'> & { readonly body: unknown };

/** The parameters of a request: the JSON of its body, or the query. */
export function inputOf({ method, search, body }: InputRequest): unknown {
  return method === 'POST' ? body : Object.fromEntries(search);
}

/** Parameters that clients put where they like: the JavaScript client sends a body of nothing, and a query. */
export function eitherInput({ search, body }: InputRequest): Readonly<Record<string, unknown>> {
  const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
  return { ...fields, ...Object.fromEntries(search) };
}

/** @throws MeshError METHOD_NOT_ALLOWED */
export function requireMethod({ methods }: JobEndpoint, method: string): void {
  const asked = method === 'POST' ? 'POST' : 'GET';
  if (methods.includes(asked)) return;
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
