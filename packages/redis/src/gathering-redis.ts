import { Redis } from 'ioredis';

/**
 * Hands to the system in one write what one turn of the event loop sends, for all the requests and answers that it brought;
 * ioredis makes a system call for each command. Nothing waits for it longer than for what else has arrived by then.
 */
export class GatheringRedis extends Redis {
  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    gather(this.stream);
    return super.sendCommand(...args);
  }
}

/** No stream before the first connection, whatever its type says. */
function gather(stream: Redis['stream'] | undefined): void {
  if (stream === undefined || stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => {
    stream.uncork();
  });
}
