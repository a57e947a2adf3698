import { withRedisUser } from '@infermesh/config';
import { endpointQueue, workerDoor } from '@infermesh/contracts';
import { aclFor } from '@infermesh/job-queue';
import type { Backoff } from '@infermesh/lifecycle';
import { applyAcl, createPassword, removeAcl, type AclUser } from '@infermesh/redis';
import type { Logger } from '@infermesh/telemetry';
import { Upkeep } from './upkeep.js';

/** How the workers of an endpoint reach Redis. */
export interface EndpointAccess {
  /** The URL for this endpoint's workers. @throws MeshError QUEUE_UNAVAILABLE */
  grant(endpointId: string): Promise<string>;
  /** Twice is harmless. @throws MeshError QUEUE_UNAVAILABLE */
  revoke(endpointId: string): Promise<void>;
}

export interface EndpointUsersOptions {
  /** May administer users. */
  readonly adminUrl: string;
  /** Where workers reach the same server; its user and password are replaced. */
  readonly workerUrl: string;
  /** How often all users are set again: a Redis that restarted without its user file has forgotten them. */
  readonly refreshMs: number;
  readonly retry: Backoff;
  readonly logger: Logger;
}

const stopWaitMs = 1_000;

/** One Redis user for each endpoint, limited to its queue and its door. Passwords live as long as this object. */
export class EndpointUsers implements EndpointAccess, AsyncDisposable {
  readonly #options: EndpointUsersOptions;
  readonly #users = new Map<string, AclUser>();
  readonly #refresh: Upkeep;
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(options: EndpointUsersOptions) {
    this.#options = options;
    this.#refresh = new Upkeep({
      task: () => this.#refreshAll(),
      intervalMs: options.refreshMs,
      retry: options.retry,
      onFailure: (error) => {
        options.logger.warn({ err: error }, 'worker access could not be refreshed');
      },
    });
    this.#refresh.start();
  }

  async grant(endpointId: string): Promise<string> {
    const user = await this.#inTurn(async () => {
      const known = this.#users.get(endpointId);
      if (known !== undefined) return known;
      const created = userOf(endpointId);
      await applyAcl(this.#options.adminUrl, [created]);
      this.#users.set(endpointId, created);
      return created;
    });
    return withRedisUser(this.#options.workerUrl, user.name, user.password);
  }

  async revoke(endpointId: string): Promise<void> {
    await this.#inTurn(async () => {
      await removeAcl(this.#options.adminUrl, [userName(endpointId)]);
      this.#users.delete(endpointId);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#refresh.stop(stopWaitMs);
  }

  async #refreshAll(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#users.size > 0) await applyAcl(this.#options.adminUrl, [...this.#users.values()]);
    });
  }

  /** One change at a time: a refresh must not bring back a user that was just removed. */
  async #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#lastChange.then(change, change);
    this.#lastChange = turn;
    return turn;
  }
}

function userName(endpointId: string): string {
  return `ep-${endpointId}`;
}

function userOf(endpointId: string): AclUser {
  const queue = endpointQueue(endpointId);
  const rules = aclFor({ service: queue, serves: [queue], calls: [workerDoor(endpointId)], events: false });
  return { name: userName(endpointId), password: createPassword(), ...rules };
}

/** All workers share one URL: for a Redis whose users are managed elsewhere. */
export function sharedAccess(workerUrl: string): EndpointAccess {
  return { grant: () => Promise.resolve(workerUrl), revoke: () => Promise.resolve() };
}
