import { parseBaseUrl } from '../base-url.js';
import type { SavedLogin } from './config-file.js';

export interface ConnectionFlags {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
}

export interface ConnectionVariables {
  /** INFERMESH_URL */
  readonly url: string | undefined;
  /** INFERMESH_API_KEY */
  readonly apiKey: string | undefined;
}

export interface Connection {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
}

const defaultUrl = 'http://127.0.0.1:8600/prod';

/**
 * Flags go before variables, variables before the saved login. A saved key is used only for the gateway that made it:
 * with another address it stays where it is.
 *
 * @throws UsageError when an address is no URL
 */
export function resolveConnection(
  flags: ConnectionFlags,
  variables: ConnectionVariables,
  saved: SavedLogin | null,
): Connection {
  const { address, root } = parseBaseUrl(flags.url ?? variables.url ?? saved?.url ?? defaultUrl);
  const savedKey = saved !== null && parseBaseUrl(saved.url).root === root ? saved.apiKey : undefined;
  return { baseUrl: address, apiKey: flags.key ?? variables.apiKey ?? savedKey };
}
