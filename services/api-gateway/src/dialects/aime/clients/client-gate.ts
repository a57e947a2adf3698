import { hash, randomUUID } from 'node:crypto';
import type { Principal } from '@infermesh/contracts';
import { digestKey, Seal } from '@infermesh/credentials';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import type { KeyVerifier } from '../../../key-verifier.js';
import type { CataloguedEndpoint, EndpointCatalogue } from '../endpoints/endpoint-catalogue.js';

/** Who makes a request: the owner of the jobs it makes. */
export interface AimeClient {
  /** For limits and the log; never a key. */
  readonly keyId: string;
  readonly tenantId: string;
  readonly owner: string;
  /** Share of a busy queue. */
  readonly weight: number;
  /** The session the request came by. */
  readonly sessionId: string | null;
}

export interface ClientCredentials {
  readonly key: string | null;
  readonly sessionAuthKey: string | null;
}

export interface LoginRequest {
  readonly user: string | null;
  readonly key: string | null;
}

export interface ClientGateOptions {
  readonly catalogue: EndpointCatalogue;
  readonly keys: KeyVerifier;
  readonly pepper: string;
  /** The operator's word: endpoints may ask for no authentication. */
  readonly allowOpen: boolean;
}

/** The wording that the Python client looks for; it then tells its user to log in. */
const unknownSession = 'Client session authentication key not registered in API Server';

/** What a session key holds, sealed: no server has to remember it. */
const session = z.object({
  /** Its own id, for limits. */
  i: z.string(),
  /** Digest of the key it was made with; null where the endpoint asks for none. */
  d: z.string().nullable(),
  /** The endpoint, where it was made without a key. */
  e: z.string().nullable(),
});
type Session = z.infer<typeof session>;

/** Resolves keys and sessions. Keys are those of an endpoint's file, which open that endpoint alone, and those of the mesh. */
export class ClientGate {
  readonly #options: ClientGateOptions;
  readonly #seal: Seal;

  constructor(options: ClientGateOptions) {
    this.#options = options;
    this.#seal = new Seal(options.pepper);
  }

  /**
   * The client of a request to an endpoint.
   *
   * @throws MeshError UNAUTHENTICATED; FORBIDDEN for a good key that does not open this endpoint
   */
  async admit(endpoint: CataloguedEndpoint, { key, sessionAuthKey }: ClientCredentials): Promise<AimeClient> {
    if (key !== null) return this.#ofDigest(endpoint, this.#digest(key), null);
    if (sessionAuthKey !== null) return this.#ofSession(endpoint, this.#readSession(sessionAuthKey));
    if (this.#isOpen(endpoint)) return openClient(endpoint, null);
    throw new MeshError('UNAUTHENTICATED', unknownSession);
  }

  /** Whether the key opens anything. */
  async isValid(key: string): Promise<boolean> {
    const digest = this.#digest(key);
    if (this.#options.catalogue.all.some(({ usersByDigest }) => usersByDigest.has(digest))) return true;
    return (await this.#findPrincipal(digest)) !== undefined;
  }

  /** The endpoints that the key opens; undefined for a key that opens nothing at all. */
  async openedBy(key: string): Promise<readonly CataloguedEndpoint[] | undefined> {
    const digest = this.#digest(key);
    const { all } = this.#options.catalogue;
    const own = all.filter(({ usersByDigest }) => usersByDigest.has(digest));
    if (own.length > 0) return own;
    return (await this.#findPrincipal(digest)) === undefined ? undefined : all;
  }

  /**
   * A session key for a key that is valid somewhere, under the older rules of its file where that has some: with the name of the
   * key's user. Where file and operator agree that a name is enough, for a name.
   *
   * @throws MeshError UNAUTHENTICATED
   */
  async login(endpoint: CataloguedEndpoint, { user, key }: LoginRequest): Promise<string> {
    const { login } = endpoint.definition.clients;
    if (key !== null && (await this.isValid(key))) {
      const digest = this.#digest(key);
      const needsUser = login?.authentication === 'user' && login.authorization === 'key';
      if (needsUser && endpoint.usersByDigest.get(digest) !== user && !(await this.#isUser(digest, user))) {
        throw new MeshError('UNAUTHENTICATED', 'authorization failed');
      }
      return this.#writeSession({ i: randomUUID(), d: digest, e: null });
    }
    const isNamed = user !== null && user !== '';
    if (this.#isOpen(endpoint) || (isNamed && this.#takesNames(endpoint))) {
      return this.#writeSession({ i: randomUUID(), d: null, e: endpoint.definition.name });
    }
    throw new MeshError('UNAUTHENTICATED', 'Key not valid');
  }

  async #isUser(digest: string, user: string | null): Promise<boolean> {
    return user !== null && (await this.#findPrincipal(digest))?.subject === user;
  }

  /** Both must want it: the file, and the operator of the server. */
  #isOpen({ definition }: CataloguedEndpoint): boolean {
    return this.#options.allowOpen && definition.clients.login?.authentication === 'none';
  }

  #takesNames(endpoint: CataloguedEndpoint): boolean {
    const { allowOpen } = this.#options;
    return this.#isOpen(endpoint) || (allowOpen && endpoint.definition.clients.login?.authorization === 'none');
  }

  #digest(key: string): string {
    return digestKey(this.#options.pepper, key);
  }

  async #ofSession(endpoint: CataloguedEndpoint, { i: sessionId, d, e }: Session): Promise<AimeClient> {
    if (d !== null) return this.#ofDigest(endpoint, d, sessionId);
    if (e === endpoint.definition.name && this.#takesNames(endpoint)) return openClient(endpoint, sessionId);
    throw new MeshError('UNAUTHENTICATED', unknownSession);
  }

  async #ofDigest(endpoint: CataloguedEndpoint, digest: string, sessionId: string | null): Promise<AimeClient> {
    const user = endpoint.usersByDigest.get(digest);
    if (user !== undefined) return endpointClient(endpoint, user, sessionId);
    const principal = await this.#findPrincipal(digest);
    if (principal !== undefined) return meshClient(principal, sessionId);
    const { all } = this.#options.catalogue;
    if (all.some(({ usersByDigest }) => usersByDigest.has(digest))) {
      throw new MeshError('FORBIDDEN', `Key not authorized for endpoint ${endpoint.definition.name}`);
    }
    throw new MeshError('UNAUTHENTICATED', sessionId === null ? 'Key not valid' : unknownSession);
  }

  async #findPrincipal(digest: string): Promise<Principal | undefined> {
    try {
      return await this.#options.keys.verifyDigest(digest);
    } catch (error) {
      if (error instanceof MeshError && error.code === 'UNAUTHENTICATED') return undefined;
      throw error;
    }
  }

  #writeSession(value: Session): string {
    return this.#seal.close(JSON.stringify(value));
  }

  #readSession(sealed: string): Session {
    try {
      return session.parse(JSON.parse(this.#seal.open(sealed)));
    } catch {
      throw new MeshError('UNAUTHENTICATED', unknownSession);
    }
  }
}

/** A key of a file is a tenant of its own: what is fair between tenants is fair between the users of an endpoint. */
function endpointClient({ definition }: CataloguedEndpoint, user: string, sessionId: string | null): AimeClient {
  const tenantId = `aime-${shortHash(definition.name, user)}`;
  return {
    keyId: `${definition.name}/${user}`.slice(0, 200),
    tenantId,
    owner: user.slice(0, 200) || 'client',
    weight: 1,
    sessionId,
  };
}

function meshClient({ tenantId, subject, keyId, weight }: Principal, sessionId: string | null): AimeClient {
  return { keyId, tenantId, owner: subject, weight, sessionId };
}

/** Those who need no key share what an endpoint gives to one. */
function openClient({ definition }: CataloguedEndpoint, sessionId: string | null): AimeClient {
  const tenantId = `aime-open-${shortHash(definition.name)}`;
  return { keyId: `${definition.name}/open`, tenantId, owner: sessionId ?? 'open', weight: 1, sessionId };
}

function shortHash(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32);
}
