import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

export interface ObjectRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  /**
   * Writes the body, if there is one, and ends the request; destroys it where that fails, as a pipeline does. Called again where the
   * request is sent again.
   */
  readonly send: (request: ClientRequest) => Promise<void>;
  /** Its abort ends the exchange, also while the answer is being read. */
  readonly signal: AbortSignal;
}

/** Below what object stores and balancers before them allow, so that most often we are the ones to close. */
const keptMs = 15_000;
const mostKept = 32;

/**
 * The connections to the object store, kept from one job to the next: plain http, which needs a third of the processor time of
 * fetch on Node 20.
 */
export class ObjectConnections implements Disposable {
  readonly #idleTimeoutMs: number;
  readonly #http = new HttpAgent({ keepAlive: true, timeout: keptMs, maxFreeSockets: mostKept });
  readonly #https = new HttpsAgent({ keepAlive: true, timeout: keptMs, maxFreeSockets: mostKept });

  /** @param idleTimeoutMs without a byte in either direction an exchange fails; default a minute */
  constructor({ idleTimeoutMs = 60_000 }: { readonly idleTimeoutMs?: number } = {}) {
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  /**
   * Sends a request and resolves with the head of the answer, whatever its status; redirects are not followed. Whoever gets the
   * answer must read it to its end or destroy it.
   *
   * A kept connection may have been closed by the store just when it was used again. Then the request is sent once more, on a new
   * one: all that is sent here may come twice, reads as well as the writing of an object under its own key.
   *
   * @throws Error of the connection, or the signal's
   */
  async exchange(wish: ObjectRequest): Promise<IncomingMessage> {
    const request = this.#create(wish, this.#agentFor(wish.url));
    try {
      return await answerTo(request, wish);
    } catch (error) {
      if (!isGone(error) || !request.reusedSocket || wish.signal.aborted) throw error;
      return await answerTo(this.#create(wish, false), wish);
    }
  }

  #agentFor(url: string): HttpAgent {
    return isSecure(url) ? this.#https : this.#http;
  }

  #create({ method, url, headers = {}, signal }: ObjectRequest, agent: HttpAgent | false): ClientRequest {
    const create = isSecure(url) ? requestHttps : requestHttp;
    const request = create(url, { method, headers, signal, agent, timeout: this.#idleTimeoutMs });
    return request.once('timeout', () => request.destroy(new Error('no byte went for too long')));
  }

  /** Cuts off what is under way. */
  [Symbol.dispose](): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

function answerTo(request: ClientRequest, { send }: ObjectRequest): Promise<IncomingMessage> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).on('error', reject);
  });
  // Once there is an answer, or the request has told why there is none, it is all one how the sending ended.
  send(request).catch(() => undefined);
  return answered;
}

function isSecure(url: string): boolean {
  return url.startsWith('https:');
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
