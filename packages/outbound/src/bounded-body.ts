import { Readable } from 'node:stream';
import { MeshError } from '@infermesh/errors';

/**
 * A body that fails with PAYLOAD_TOO_LARGE past `maxBytes`, and with the signal's reason when that fires.
 *
 * @param toError what a failure of the source becomes
 * @param release called once, however the body ends, and also if nobody ever reads it
 */
export function boundBody(
  source: Readable,
  maxBytes: number,
  signal: AbortSignal,
  toError: (error: unknown) => MeshError,
  release: () => void,
): Readable {
  const body = Readable.from(boundedChunks(source, maxBytes, toError), { objectMode: false });
  const onAbort = (): void => {
    body.destroy(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort);
  // Whoever reads hears of a failure; a body that nobody reads must not end the process.
  body.on('error', () => undefined);
  body.once('close', () => {
    signal.removeEventListener('abort', onAbort);
    source.destroy();
    release();
  });
  if (signal.aborted) onAbort();
  return body;
}

async function* boundedChunks(
  source: Readable,
  maxBytes: number,
  toError: (error: unknown) => MeshError,
): AsyncGenerator<Buffer> {
  let sizeBytes = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw toError(error);
  }
}

export function tooLarge(maxBytes: number): MeshError {
  return new MeshError('PAYLOAD_TOO_LARGE', `what the URL leads to is over the limit of ${String(maxBytes)} bytes`);
}
