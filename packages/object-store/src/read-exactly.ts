import { Readable } from 'node:stream';
import { MeshError } from '@infermesh/errors';
import type { ProgressDeadline } from './progress-deadline.js';

function lengthError(expected: number, actual: string): MeshError {
  return new MeshError('BAD_REQUEST', `the stream has ${actual} than the ${String(expected)} bytes announced`, {
    field: 'sizeBytes',
  });
}

async function* exactly(source: Readable, sizeBytes: number, deadline: ProgressDeadline): AsyncGenerator<Buffer> {
  let sentBytes = 0;
  deadline.pause();
  for await (const chunk of source as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    sentBytes += bytes.byteLength;
    if (sentBytes > sizeBytes) throw lengthError(sizeBytes, 'more');
    deadline.restart();
    yield bytes;
    deadline.pause();
  }
  if (sentBytes < sizeBytes) throw lengthError(sizeBytes, 'fewer');
  deadline.restart();
}

/**
 * The source as a stream of exactly `sizeBytes`; errors with BAD_REQUEST otherwise, before the server could take it for
 * whole. The deadline rests while the source is waited for.
 */
export function readExactly(source: Readable, sizeBytes: number, deadline: ProgressDeadline): Readable {
  return Readable.from(exactly(source, sizeBytes, deadline), { objectMode: false });
}
