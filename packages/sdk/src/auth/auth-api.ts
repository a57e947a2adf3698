import { ApiError } from '../errors.js';
import { callApi, parseAnswer, type ApiRequest, type ApiSettings, type CallOptions } from '../api.js';
import {
  identityShape,
  keyListShape,
  newKeyShape,
  savedUserShape,
  userListShape,
  type ApiKeyInfo,
  type Identity,
  type NewApiKey,
  type SavedUser,
  type UserInfo,
} from './records.js';

export interface LoginRequest {
  readonly name: string;
  readonly password: string;
  /** What the new key is called in lists. */
  readonly keyName?: string | undefined;
  /** Lifetime of the new key. @default the server's */
  readonly expiresInSeconds?: number | undefined;
}

export interface CreateKeyRequest {
  readonly name: string;
  /** What the key may do, a part of what its user may. @default all of it */
  readonly scopes?: readonly string[] | undefined;
  readonly expiresInSeconds?: number | undefined;
  /** Make it for this user; needs the permission. @default the caller */
  readonly user?: string | undefined;
}

export interface PutUserRequest {
  readonly password?: string | undefined;
  readonly roles?: readonly string[] | undefined;
}

/** The `/auth` routes at the gateway's root. Every method throws ApiError, ConnectionError or DeadlineError, or the reason of an aborted signal. */
export class AuthApi {
  readonly #settings: ApiSettings;

  constructor(settings: ApiSettings) {
    this.#settings = settings;
  }

  /** Trades a password for an API key. Sent once: a refused password is not tried again, nor is a limit on tries waited out. */
  async login(request: LoginRequest, options: CallOptions = {}): Promise<NewApiKey> {
    const call = this.#call('POST', 'login', { ...options, json: request, repeat: 'never', withKey: false });
    return parseAnswer(newKeyShape, await call.catch(throwLoginError));
  }

  /** Makes an API key. Its text is in this answer and never again. */
  async createKey(request: CreateKeyRequest, options: CallOptions = {}): Promise<NewApiKey> {
    return parseAnswer(newKeyShape, await this.#call('POST', 'keys', { ...options, json: request, repeat: 'refused' }));
  }

  async listKeys(options: CallOptions = {}): Promise<readonly ApiKeyInfo[]> {
    return parseAnswer(keyListShape, await this.#call('GET', 'keys', { ...options, repeat: 'safe' })).keys;
  }

  /** The key is of no use from now on. */
  async revokeKey(keyId: string, options: CallOptions = {}): Promise<void> {
    await this.#call('DELETE', `keys/${encodeURIComponent(keyId)}`, { ...options, repeat: 'refused' });
  }

  async listUsers(options: CallOptions = {}): Promise<readonly UserInfo[]> {
    return parseAnswer(userListShape, await this.#call('GET', 'users', { ...options, repeat: 'safe' })).users;
  }

  /** Makes the user, or changes what is given of an existing one. */
  async putUser(name: string, request: PutUserRequest, options: CallOptions = {}): Promise<SavedUser> {
    const answer = await this.#call('PUT', `users/${encodeURIComponent(name)}`, {
      ...options,
      json: request,
      repeat: 'refused',
    });
    return parseAnswer(savedUserShape, answer);
  }

  async deleteUser(name: string, options: CallOptions = {}): Promise<void> {
    await this.#call('DELETE', `users/${encodeURIComponent(name)}`, { ...options, repeat: 'refused' });
  }

  /** Whom the key stands for and what it may do. */
  async whoami(options: CallOptions = {}): Promise<Identity> {
    return parseAnswer(identityShape, await this.#call('GET', 'whoami', { ...options, repeat: 'safe' }));
  }

  #call(method: ApiRequest['method'], path: string, request: Omit<ApiRequest, 'method' | 'url'>) {
    return callApi(this.#settings, { ...request, method, url: `${this.#settings.urls.root}/auth/${path}` });
  }
}

/** Without a key there is none to blame: the usual hint on 401 would lead astray. */
function throwLoginError(error: unknown): never {
  if (!(error instanceof ApiError) || error.status !== 401) throw error;
  const hint =
    'Check the name and the password; an administrator sets a new one with: infermesh users put NAME --password';
  const { status, message, code, field, requestId } = error;
  throw new ApiError({ status, message, hint, code, field, requestId }, { cause: error });
}
