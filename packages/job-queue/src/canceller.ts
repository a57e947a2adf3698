import { MeshError, toErrorDto } from '@infermesh/errors';
import type { Connections } from './connections.js';
import { parseEnvelope } from './envelope.js';
import type { CancelOutcome } from './job-queue.js';
import { cancelMarksKey, checkJobId, controlChannel, queueKey } from './queue-keys.js';
import type { ReplyWriter } from './reply-writer.js';

/** A mark older than this belongs to a delivery that ended long ago. */
const markLifeMs = 3_600_000;

/** Takes jobs and calls out of queues, or has their handlers aborted. */
export class Canceller {
  readonly #connections: Connections;
  readonly #writer: ReplyWriter;

  constructor(connections: Connections, writer: ReplyWriter) {
    this.#connections = connections;
    this.#writer = writer;
  }

  async cancel(queue: string, jobId: string): Promise<CancelOutcome> {
    checkJobId(jobId);
    await this.#connections.requestReady();
    const data = await this.#mark(queue, jobId);
    if (data === undefined) return 'absent';
    // 0: a consumer holds its lock
    if ((await this.#connections.queue(queue).remove(jobId)) === 0) {
      await this.#connections.request.publish(controlChannel(queue), JSON.stringify({ op: 'cancel', id: jobId }));
      return 'aborting';
    }
    await this.#connections.request.zrem(cancelMarksKey(queue), jobId);
    this.#answer(jobId, data).catch(() => undefined);
    return 'removed';
  }

  /** The mark comes first: a consumer that takes the job in this moment, or hears no publish, finds it. */
  async #mark(queue: string, jobId: string): Promise<string | undefined> {
    const { request } = this.#connections;
    const marks = cancelMarksKey(queue);
    const now = Date.now();
    const results = await request
      .pipeline()
      .hget(queueKey(queue, jobId), 'data')
      .zadd(marks, now, jobId)
      .zremrangebyscore(marks, '-inf', now - markLifeMs)
      .pexpire(marks, markLifeMs)
      .exec();
    const found = results?.[0];
    const failure = results?.find(([error]) => error !== null)?.[0];
    if (failure != null) throw failure;
    if (typeof found?.[1] === 'string') return found[1];
    await request.zrem(marks, jobId);
    return undefined;
  }

  /** Whoever waits for a call that another cancelled is told. */
  async #answer(jobId: string, data: string): Promise<void> {
    const envelope = parseEnvelope(JSON.parse(data));
    if (envelope.replyTo === undefined) return;
    const error = new MeshError('CANCELLED', 'the call was cancelled while it waited');
    await this.#writer.append(envelope.replyTo, jobId, 'error', JSON.stringify(toErrorDto(error)));
  }
}
