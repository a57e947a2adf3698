import type { JobEndpoint } from '@infermesh/aime-endpoints';
import { MeshError } from '@infermesh/errors';
import type { AimeClient } from './client-gate.js';

const maxCounted = 100_000;

/** Holds clients to `client_request_limit`: requests of one session, or of a key without one. Counts are in this gateway's memory. */
export class RequestCounts {
  readonly #counts = new Map<string, number>();

  /** @throws MeshError FORBIDDEN once the client has made as many as it may */
  admit({ name, clients: { requestLimit } }: JobEndpoint, { sessionId, keyId }: AimeClient): void {
    if (requestLimit === null) return;
    const client = JSON.stringify([name, sessionId ?? keyId]);
    const count = this.#counts.get(client) ?? 0;
    if (count >= requestLimit) {
      throw new MeshError('FORBIDDEN', `Too many requests: a client of ${name} may make ${requestLimit}`);
    }
    this.#counts.delete(client);
    this.#counts.set(client, count + 1);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > maxCounted && oldest !== undefined) this.#counts.delete(oldest);
  }
}
