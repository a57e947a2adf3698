import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Logger } from '@infermesh/telemetry';
import { RequestBody } from '../body/request-body.js';
import type { DiskStore } from '../disk/disk-store.js';
import { findOperation } from '../routes/find-operation.js';
import type { Authenticator } from '../signature/authenticate.js';
import type { Answer } from './answer.js';
import { corsHeaders, preflightAnswer } from './cors.js';
import { errorAnswer, toS3Error } from './error-answer.js';
import { parseRequest } from './s3-request.js';
import { sendAnswer } from './send-answer.js';
import { signedLimit } from './signed-limit.js';

export interface RequestHandlerOptions {
  readonly store: DiskStore;
  readonly authenticator: Authenticator;
  readonly region: string;
  readonly maxObjectBytes: number;
  readonly logger: Logger | undefined;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Gives the client leave to send its body, where it waits for that, at the moment the body is first read. */
class BodyGate {
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  #isClosed: boolean;

  constructor(message: IncomingMessage, response: ServerResponse, isClosed: boolean) {
    this.#message = message;
    this.#response = response;
    this.#isClosed = isClosed;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async *read(): AsyncGenerator<Buffer> {
    if (this.#isClosed) this.#response.writeContinue();
    this.#isClosed = false;
    // Leaving the loop early must not close the connection: the answer still goes out on it.
    yield* this.#message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  }
}

/** Serves one connection's requests: understand, prove, act, answer. */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
  }

  async handle(
    message: IncomingMessage,
    response: ServerResponse,
    { expectsContinue }: { readonly expectsContinue: boolean },
  ): Promise<void> {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    const gate = new BodyGate(message, response, expectsContinue);
    const answer = await this.#answer(message, gate, requestId);
    if (response.destroyed) {
      // Else it would hold on to the files that it was to be read from.
      if (answer.body instanceof Readable) answer.body.destroy();
      return;
    }
    const commonHeaders = {
      ...corsHeaders(message),
      date: new Date(this.#options.clock()).toUTCString(),
      'x-amz-request-id': requestId,
      // No browser takes an upload for a page, whatever it holds.
      'x-content-type-options': 'nosniff',
    };
    try {
      await sendAnswer(message, response, answer, { commonHeaders, isBodyRefused: gate.isClosed });
    } catch (error) {
      // The status is out already: all that is left to say is that it was not the whole.
      this.#options.logger?.debug({ err: error, requestId }, 'answer cut short');
      response.destroy();
    }
  }

  async #answer(message: IncomingMessage, gate: BodyGate, requestId: string): Promise<Answer> {
    const resource = (message.url ?? '').split('?', 1)[0] ?? '';
    try {
      return message.method === 'OPTIONS' ? preflightAnswer(message) : await this.#operate(message, gate);
    } catch (error) {
      const failure = toS3Error(error);
      const log = { requestId, method: message.method, resource, code: failure.code };
      if (failure.code === 'InternalError' && !message.destroyed)
        this.#options.logger?.error({ ...log, err: error }, 'request failed');
      else this.#options.logger?.debug(log, 'request refused');
      return errorAnswer(failure, requestId, resource);
    }
  }

  async #operate(message: IncomingMessage, gate: BodyGate): Promise<Answer> {
    const { store, authenticator, region, maxObjectBytes, clock } = this.#options;
    const authenticated = authenticator.authenticate(parseRequest(message));
    const { request } = authenticated;
    const body = new RequestBody({
      authenticated,
      source: gate.read(),
      maxBytes: Math.min(maxObjectBytes, signedLimit(request)),
    });
    return findOperation(request)({ request, body, store, region, nowMs: clock() });
  }
}
