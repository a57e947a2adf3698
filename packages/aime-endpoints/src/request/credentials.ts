import { accepted, refused, type Checked } from './checked.js';
import { shownValue, typeNameOf } from './type-names.js';

/** The parameters that every endpoint has. */
export interface RequestCredentials {
  /** API key; null when there is none, also for the texts that the JavaScript client makes of a missing key. */
  readonly key: string | null;
  /** From a login; null when there is none. */
  readonly sessionAuthKey: string | null;
  /** False: the client polls. Default true. */
  readonly waitForResult: boolean;
}

const noKey: ReadonlySet<string> = new Set(['', 'null', 'None', 'undefined']);

/** Reads the implicit parameters without judging them. A query string may spell `wait_for_result` as a text. */
export function readCredentials(body: Readonly<Record<string, unknown>>): Checked<RequestCredentials> {
  const errors: string[] = [];
  const readKey = (name: string): string | null => {
    const value = Object.hasOwn(body, name) ? body[name] : null;
    if (typeof value === 'string') return noKey.has(value) ? null : value;
    if (value !== null && value !== undefined) {
      errors.push(`parameter "${name}": has the type ${typeNameOf(value)}, expected is str`);
    }
    return null;
  };
  const wait = body['wait_for_result'] ?? true;
  const waitForResult = wait === 'true' ? true : wait === 'false' ? false : wait;
  if (typeof waitForResult !== 'boolean') {
    errors.push(
      `parameter "wait_for_result": the value ${shownValue(wait)} has the type ${typeNameOf(wait)}, expected is bool`,
    );
  }
  const credentials = { key: readKey('key'), sessionAuthKey: readKey('client_session_auth_key') };
  return errors.length > 0 ? refused(...errors) : accepted({ ...credentials, waitForResult: waitForResult !== false });
}
