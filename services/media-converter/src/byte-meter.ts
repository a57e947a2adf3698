import { Transform } from 'node:stream';
import { MeshError } from '@infermesh/errors';

/** Passes bytes on, up to a limit: what a header says of a length is not believed. */
export function byteMeter(maxBytes: number): Transform {
  let sizeBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes) done(new MeshError('MEDIA_TOO_LARGE', `the file has over ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}
