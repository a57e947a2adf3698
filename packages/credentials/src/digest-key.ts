import { createHmac } from 'node:crypto';

/**
 * The form in which an API key travels and is stored: HMAC-SHA256 under the installation's pepper, lower-case hex. Who reads
 * Redis or the database learns no key and, without the pepper, cannot even try guesses.
 */
export function digestKey(pepper: string, key: string): string {
  return createHmac('sha256', pepper).update(key).digest('hex');
}
