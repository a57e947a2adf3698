import { MeshError, isOutage, toErrorDto, toMeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import { UnrecoverableError, WaitingError, type Job } from 'bullmq';
import { checkVersion, encodeValue, parseEnvelope, parseValue, replyStreamOf, type Envelope } from './envelope.js';
import type { CallHandler, HandlerContext } from './handle.js';
import { PartSender } from './part-sender.js';
import type { ReplyWriter } from './reply-writer.js';
import { watchDeadline } from './watch-deadline.js';

export interface DeliveryOptions {
  readonly job: Job;
  readonly lockToken: string;
  readonly handlers: ReadonlyMap<string, CallHandler>;
  readonly writer: ReplyWriter;
  readonly logger: Logger;
  /** Told once, when the delivery has ended. */
  readonly observe: (name: string, kind: Envelope['kind'], outcome: string, durationMs: number) => void;
}

/** One job in the hands of one handler. */
export class Delivery {
  readonly jobId: string;
  readonly #options: DeliveryOptions;
  readonly #abort = new AbortController();
  #envelope: Envelope | undefined;
  #sender: PartSender | undefined;
  #cut: (() => void) | undefined;
  #isCut = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.jobId = options.job.id ?? '';
  }

  /** Where a caller reads; undefined for entries. */
  get replyTo(): string | undefined {
    return this.#envelope?.replyTo;
  }

  get isCancelled(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Asks the handler to end. */
  abort(reason: MeshError): void {
    this.#abort.abort(reason);
  }

  /** The hard stop: no longer waits for the handler. */
  cutOff(): void {
    this.#isCut = true;
    this.abort(new MeshError('SERVICE_UNAVAILABLE', 'the service that ran the call stops'));
    this.#cut?.();
  }

  pause(): void {
    this.#sender?.pause();
  }

  resume(): void {
    this.#sender?.resume();
  }

  /** What the queue's processor does: returns when the job is done with, throws what BullMQ makes a retry of. */
  async run(): Promise<void> {
    const startedAt = performance.now();
    const { job, logger, observe } = this.#options;
    let outcome = 'ok';
    let kind: Envelope['kind'] = 'entry';
    try {
      const envelope = this.#open(job.data);
      this.#envelope = envelope;
      ({ kind } = envelope);
      if (kind === 'call') outcome = await this.#runCall(envelope);
      else await this.#runEntry(envelope);
    } catch (error) {
      if (error instanceof WaitingError) {
        outcome = 'given back';
        throw error;
      }
      outcome = toMeshError(error).code;
      if (kind === 'call') throw error;
      logger.warn(
        { err: error, jobId: this.jobId, contract: job.name, attempt: job.attemptsMade + 1 },
        'an entry failed',
      );
      throw toRetryDecision(error);
    } finally {
      observe(job.name, kind, outcome, performance.now() - startedAt);
    }
  }

  /** A caller of another version is told, as far as its request can be read. */
  #open(data: unknown): Envelope {
    try {
      return parseEnvelope(data);
    } catch (error) {
      const replyTo = replyStreamOf(data);
      if (replyTo !== undefined) this.#answer(replyTo, 'error', JSON.stringify(toErrorDto(error)));
      throw error;
    }
  }

  async #runEntry(envelope: Envelope): Promise<void> {
    try {
      await this.#untilCut(this.#handle(envelope, () => Promise.resolve()));
    } catch (error) {
      if (!this.#isCut) throw error;
      await this.giveBack();
    }
  }

  /** Puts the job back at the head of the queue; no attempt is counted. */
  async giveBack(): Promise<never> {
    await this.#options.job.moveToWait(this.#options.lockToken);
    throw new WaitingError();
  }

  /** Always answers; the answer is on its way before the queue forgets the call, and nobody waits for it to arrive. */
  async #runCall(envelope: Envelope): Promise<string> {
    const { deadlineAt = 0, replyTo = '' } = envelope;
    if (deadlineAt <= Date.now()) return 'overdue';
    const endWatch = watchDeadline(deadlineAt, () => {
      this.abort(new MeshError('DEADLINE_EXCEEDED', 'the call did not end before its deadline'));
    });
    try {
      if (this.#options.job.stalledCounter > 0) {
        throw new MeshError('WORKER_LOST', 'the worker that ran the call died');
      }
      const emit = async (part: unknown): Promise<void> => {
        this.#sender ??= this.#createSender(replyTo);
        await this.#sender.emit(part);
      };
      const response = await this.#untilCut(this.#handle(envelope, emit));
      this.#throwIfOverdue();
      await this.#sender?.finish();
      this.#answer(replyTo, 'answer', response);
      return 'ok';
    } catch (error) {
      const failure = this.#failureOf(error);
      if (!this.#isCut) await this.#sender?.finish();
      this.#answer(replyTo, 'error', JSON.stringify(toErrorDto(failure)));
      return failure.code;
    } finally {
      endWatch();
    }
  }

  /** What a handler made of its abort must not reach the caller as an answer, whose clock may be a little behind. */
  #throwIfOverdue(): void {
    const reason: unknown = this.#abort.signal.aborted ? this.#abort.signal.reason : undefined;
    if (reason instanceof MeshError && reason.code === 'DEADLINE_EXCEEDED') throw reason;
  }

  #createSender(replyTo: string): PartSender {
    return new PartSender({
      writer: this.#options.writer,
      replyTo,
      callId: this.jobId,
      signal: this.#abort.signal,
      onVanished: () => {
        this.abort(new MeshError('CANCELLED', 'the caller is gone'));
      },
    });
  }

  #answer(replyTo: string, kind: 'answer' | 'error', json: string): void {
    const { writer, logger } = this.#options;
    writer.append(replyTo, this.jobId, kind, json).then(
      (isRead) => {
        if (!isRead) logger.debug({ jobId: this.jobId }, 'nobody waits for the answer');
      },
      (error: unknown) => {
        logger.warn({ err: error, jobId: this.jobId }, 'an answer could not be sent');
      },
    );
  }

  /** An abort is the better reason than whatever the handler made of it. */
  #failureOf(error: unknown): MeshError {
    const reason: unknown = this.#abort.signal.aborted ? this.#abort.signal.reason : undefined;
    if (reason instanceof MeshError && !(error instanceof MeshError)) return reason;
    const failure = toMeshError(error);
    if (failure.code === 'INTERNAL') {
      this.#options.logger.error(
        { err: failure.cause ?? failure, jobId: this.jobId, contract: this.#options.job.name },
        'a handler failed',
      );
    }
    return failure;
  }

  /** Parses, runs and encodes; resolves with the response's JSON. */
  async #handle(envelope: Envelope, emit: HandlerContext['emit']): Promise<string> {
    const handler = this.#options.handlers.get(envelope.name);
    if (handler === undefined) throw new MeshError('SERVICE_UNAVAILABLE', `nobody here answers ${envelope.name}`);
    checkVersion(handler.contract, envelope);
    const request = parseValue(
      handler.contract.request,
      envelope.request,
      'BAD_REQUEST',
      `the request of ${envelope.name}`,
    );
    const response = await handler.run(request, {
      signal: this.#abort.signal,
      deadlineAt: envelope.deadlineAt,
      jobId: this.jobId,
      requestId: envelope.requestId,
      idempotencyKey: envelope.idempotencyKey,
      deliveryAttempt: this.#options.job.attemptsStarted,
      emit,
    });
    if (envelope.kind === 'entry') return 'null';
    const value = parseValue(handler.contract.response, response, 'INTERNAL', `the response of ${envelope.name}`);
    return encodeValue(value, `the response of ${envelope.name}`, handler.maxAnswerBytes);
  }

  async #untilCut(handled: Promise<string>): Promise<string> {
    return await new Promise<string>((resolve, reject) => {
      this.#cut = () => {
        reject(new Error('cut off')); // a handler that still runs is left alone
      };
      handled.then(resolve, reject);
    });
  }
}

/** BullMQ tries again unless told not to. Only the code is kept in Redis. */
function toRetryDecision(error: unknown): Error {
  const { code } = toMeshError(error);
  const decision = isOutage(code) ? new Error(code) : new UnrecoverableError(code);
  decision.stack = code;
  return decision;
}
