import { randomUUID } from 'node:crypto';
import type { CallContract } from '@infermesh/contracts';
import { fromErrorDto, MeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import { z } from 'zod';
import { callerLeft, overdue } from './call-endings.js';
import type { Connections } from './connections.js';
import type { ControlMessage } from './control-message.js';
import { encodeValue, errorDto, parseValue, type Envelope } from './envelope.js';
import type { CallOptions, CallStream, StreamOptions } from './job-queue.js';
import { PartBuffer } from './part-buffer.js';
import { pushAsk } from './push-ask.js';
import { checkQueueName, controlChannel, queueKey } from './queue-keys.js';
import { toQueueError } from './queue-error.js';
import type { Reply, ReplyReader } from './reply-reader.js';
import { watchDeadline } from './watch-deadline.js';

export interface CallerOptions {
  readonly service: string;
  readonly replyTo: string;
  readonly connections: Connections;
  readonly replies: () => ReplyReader;
  readonly cancel: (queue: string, callId: string) => Promise<unknown>;
  readonly logger: Logger;
  /** Told of every call that ended. */
  readonly observe: (name: string, outcome: string, durationMs: number) => void;
}

type Send = (queue: string, envelope: Envelope, callId: string) => Promise<void>;

interface Exchange extends CallOptions {
  /** Whether it goes on the list of asks. */
  readonly isAsk: boolean;
  readonly onParts: ((json: string) => void) | undefined;
}

interface PendingCall {
  readonly queue: string;
  readonly settle: (outcome: { json: string } | { error: MeshError }) => void;
  readonly onParts: ((json: string) => void) | undefined;
  /** Ends the wait, and takes the request back. */
  readonly giveUp: (error: MeshError) => void;
  /** Whether the request is in its queue, or was. */
  isSent: boolean;
  /** Since when its request is neither waiting nor worked on, by `performance.now()`. */
  missingSince: number | undefined;
}

/** A consumer that finds no reply stream tries for 3.5 s. */
const lateAnswerMs = 4000;

/** Time between two looks after the requests of calls that wait; most are answered before the first. */
const lookMs = 2000;

/** The asking side of calls: sends requests, and leads what comes back on the reply stream to whoever waits. */
export class Caller {
  readonly #options: CallerOptions;
  readonly #pending = new Map<string, PendingCall>();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), lookMs);
    this.#timer.unref();
  }

  async call<Request extends z.ZodType, Response extends z.ZodType>(
    contract: CallContract<Request, Response>,
    request: z.input<Request>,
    options: CallOptions,
  ): Promise<z.output<Response>> {
    return await this.#ask(contract, request, options, this.#newId(), undefined);
  }

  stream<Request extends z.ZodType, Response extends z.ZodType, Part extends z.ZodType>(
    contract: CallContract<Request, Response>,
    request: z.input<Request>,
    options: StreamOptions<Part>,
  ): CallStream<z.output<Part>, z.output<Response>> {
    const callId = this.#newId();
    const queue = options.queue ?? contract.queue;
    const buffer = new PartBuffer<z.output<Part>>({
      onFull: () => void this.#tell(queue, { op: 'pause', id: callId }),
      onRoom: () => void this.#tell(queue, { op: 'resume', id: callId }),
      onLeft: () => {
        this.#pending.get(callId)?.giveUp(callerLeft(options.signal));
      },
    });
    const schema: z.ZodType = options.part ?? z.unknown();
    const onParts = (json: string): void => {
      const parts = z.array(z.unknown()).parse(JSON.parse(json));
      for (const part of parts) {
        buffer.push(parseValue(schema, part, 'INTERNAL', 'a part') as z.output<Part>, json.length / parts.length);
      }
    };
    const result = this.#ask(contract, request, options, callId, onParts);
    result.then(
      () => {
        buffer.end();
      },
      (error: unknown) => {
        buffer.end(toQueueError(error));
      },
    );
    return { result, [Symbol.asyncIterator]: () => buffer[Symbol.asyncIterator]() };
  }

  /** Unguessable: whoever knows it, and may write to our stream, can answer. Its beginning is ours by the access rules. */
  #newId(): string {
    return `${this.#options.service}.${randomUUID()}`;
  }

  async #ask<Response extends z.ZodType>(
    contract: CallContract<z.ZodType, Response>,
    request: unknown,
    options: CallOptions,
    callId: string,
    onParts: ((json: string) => void) | undefined,
  ): Promise<z.output<Response>> {
    const startedAt = performance.now();
    const ended = (outcome: string): void => {
      this.#options.observe(contract.name, outcome, performance.now() - startedAt);
    };
    try {
      const envelope = this.#envelope(contract, request, options);
      const isAsk = contract.repeatable === true;
      const json = await this.#exchange(options.queue ?? contract.queue, envelope, callId, {
        ...options,
        isAsk,
        onParts,
      });
      const response = parseValue(contract.response, JSON.parse(json), 'INTERNAL', `the response of ${contract.name}`);
      ended('ok');
      return response;
    } catch (error) {
      const failure = toQueueError(error);
      ended(failure.code);
      throw failure;
    }
  }

  #envelope(contract: CallContract, request: unknown, options: CallOptions): Envelope {
    const value = parseValue(contract.request, request, 'BAD_REQUEST', `the request of ${contract.name}`);
    encodeValue(value, `the request of ${contract.name}`);
    return {
      v: 1,
      kind: 'call',
      name: contract.name,
      version: contract.version,
      request: value,
      requestId: options.requestId ?? randomUUID(),
      deadlineAt: options.deadlineAt,
      replyTo: this.#options.replyTo,
      ...(options.idempotencyKey === undefined ? {} : { idempotencyKey: options.idempotencyKey }),
    };
  }

  /** Sends the request; resolves with the JSON of the answer. */
  async #exchange(
    queue: string,
    envelope: Envelope,
    callId: string,
    { deadlineAt, signal, isAsk, onParts }: Exchange,
  ): Promise<string> {
    if (signal?.aborted === true) throw callerLeft(signal);
    if (deadlineAt <= Date.now()) throw overdue();
    let endWatch: (() => void) | undefined;
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<string>((resolve, reject) => {
        const settle: PendingCall['settle'] = (outcome) => {
          if ('json' in outcome) resolve(outcome.json);
          else reject(outcome.error);
        };
        // where nobody serves the queue, what was sent would lie in it for ever
        const giveUp = (error: MeshError): void => {
          settle({ error });
          if (!isAsk) sent.then(() => this.#options.cancel(queue, callId)).catch(() => undefined);
        };
        this.#pending.set(callId, { queue, settle, onParts, giveUp, isSent: false, missingSince: undefined });
        const send = isAsk ? this.#sendAsk : this.#sendJob;
        const sent = this.#whenReady(() => send(queue, envelope, callId)).catch((error: unknown) => {
          settle({ error: toQueueError(error) });
        });
        endWatch = watchDeadline(deadlineAt, () => {
          giveUp(overdue());
        });
        if (signal !== undefined) {
          onAbort = () => {
            giveUp(callerLeft(signal));
          };
          signal.addEventListener('abort', onAbort, { once: true });
        }
      });
    } finally {
      this.#pending.delete(callId);
      endWatch?.();
      if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    }
  }

  async #whenReady(send: () => Promise<void>): Promise<void> {
    await this.#options.connections.requestReady();
    await this.#options.replies().ready();
    await send();
  }

  readonly #sendJob: Send = async (queue, envelope, callId) => {
    const pending = this.#pending.get(callId);
    if (pending === undefined) return; // cancelled or overdue meanwhile
    await this.#options.connections
      .queue(queue)
      .add(envelope.name, envelope, { jobId: callId, removeOnComplete: true, removeOnFail: true });
    pending.isSent = true;
  };

  /** Nobody takes it back: its consumer passes over what is overdue, and the list goes when nobody comes for it. */
  readonly #sendAsk: Send = async (queue, envelope, callId) => {
    if (!this.#pending.has(callId)) return;
    checkQueueName(queue);
    await pushAsk(this.#options.connections.request, queue, JSON.stringify({ ...envelope, id: callId }));
  };

  async #tell(queue: string, message: ControlMessage): Promise<void> {
    await this.#options.connections.request
      .publish(controlChannel(queue), JSON.stringify(message))
      .catch(() => undefined);
  }

  /** What came in on the reply stream. An answer that nobody waits for any more is dropped. */
  accept(reply: Reply): void {
    const pending = this.#pending.get(reply.callId);
    if (pending === undefined) return;
    try {
      if (reply.kind === 'part') pending.onParts?.(reply.json);
      else if (reply.kind === 'answer') pending.settle({ json: reply.json });
      else pending.settle({ error: fromErrorDto(errorDto.parse(JSON.parse(reply.json))) });
    } catch (error) {
      const failure =
        error instanceof MeshError ? error : new MeshError('INTERNAL', 'an answer cannot be read', { cause: error });
      pending.settle({ error: failure });
    }
  }

  /**
   * Ends calls whose requests Redis lost, with all its data or with those of one master of a cluster. A request leaves
   * its queue when its answer is written: where one is gone, the answer comes soon or never.
   */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { request } = this.#options.connections;
      const sent = [...this.#pending].filter(([, { isSent }]) => isSent);
      await Promise.all(
        sent.map(async ([callId, pending]) => {
          if ((await request.exists(queueKey(pending.queue, callId))) === 1) pending.missingSince = undefined;
          else this.#miss(callId, pending);
        }),
      );
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'the look after the requests of waiting calls failed');
    } finally {
      this.#isLooking = false;
    }
  }

  #miss(callId: string, pending: PendingCall): void {
    const now = performance.now();
    pending.missingSince ??= now;
    if (now - pending.missingSince < lateAnswerMs) return;
    pending.settle({ error: new MeshError('QUEUE_UNAVAILABLE', 'Redis lost its data while the call waited') });
    void this.#tell(pending.queue, { op: 'cancel', id: callId });
  }

  /** Ends all that wait: their answers cannot arrive. */
  failAll(error: MeshError): void {
    clearInterval(this.#timer);
    for (const pending of [...this.#pending.values()]) pending.settle({ error });
  }
}
