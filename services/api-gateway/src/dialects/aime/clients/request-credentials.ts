import { readCredentials } from '@infermesh/aime-endpoints';
import type { ClientCredentials } from './client-gate.js';

const none: ClientCredentials = { key: null, sessionAuthKey: null };

/** The credentials among the parameters of a request. What is no text is none; the check of the request tells of it. */
export function credentialsOf(input: Readonly<Record<string, unknown>>): ClientCredentials {
  const read = readCredentials({ key: input['key'], client_session_auth_key: input['client_session_auth_key'] });
  return read.ok ? read.value : none;
}

/** A key of a query; null for what the clients write for none. */
export function keyOf(text: string | null): string | null {
  return credentialsOf({ key: text }).key;
}
