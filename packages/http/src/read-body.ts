import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { MeshError, toMeshError } from '@infermesh/errors';
import type { BodyLease } from './body-budget.js';
import { clientLeft } from './client-left.js';
import type { RequestLifetime } from './request-lifetime.js';

/** Whether the request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/**
 * Refuses by the head alone what need not be read.
 *
 * @throws MeshError BODY_TOO_LARGE by `Content-Length`; BAD_REQUEST for a compressed body
 */
export function checkBodyHead({ headers }: IncomingMessage, limitBytes: number): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new MeshError('BAD_REQUEST', 'compressed request bodies are not accepted: send no Content-Encoding');
  }
  if (Number(headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
}

/**
 * The whole body. What arrives is counted, whatever the head promised.
 *
 * @throws MeshError BODY_TOO_LARGE, SERVICE_UNAVAILABLE from the lease, or why the request was aborted
 */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
  lease: BodyLease,
  lifetime: Pick<RequestLifetime, 'onAbort'>,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  await new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      try {
        sizeBytes += chunk.length;
        if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
        lease.grow(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        request.pause();
        settle(() => {
          reject(toMeshError(error));
        });
      }
    };
    const onEnd = (): void => {
      settle(resolve);
    };
    const onGone = (): void => {
      settle(() => {
        reject(clientLeft());
      });
    };
    let endWatch = (): void => undefined;
    const settle = (outcome: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      endWatch();
      outcome();
    };
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
    endWatch = lifetime.onAbort((reason) => {
      settle(() => {
        reject(reason);
      });
    });
  });
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, sizeBytes);
}

/** The body as it arrives; the stream fails with BODY_TOO_LARGE past the limit. */
export function streamBody(request: IncomingMessage, limitBytes: number): Readable {
  return Readable.from(boundedChunks(request, limitBytes), { objectMode: false });
}

async function* boundedChunks(request: IncomingMessage, limitBytes: number): AsyncGenerator<Buffer> {
  let sizeBytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    yield chunk;
  }
}

function tooLarge(limitBytes: number): MeshError {
  return new MeshError('BODY_TOO_LARGE', `the request body is over the limit of ${String(limitBytes)} bytes`);
}
