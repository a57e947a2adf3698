// The process in which images of strangers are decoded. It ends with its parent.
import { toErrorDto } from '@infermesh/errors';
import { convertPicture, probePicture } from '../images/convert-picture.js';
import { openTiffLoader } from '../images/open-tiff-loader.js';
import type { FromImageProcess, ImageAnswer, ImageRequest } from './messages.js';

const say = (message: FromImageProcess): void => {
  if (process.connected) process.send?.(message);
};

async function answer(request: ImageRequest): Promise<ImageAnswer> {
  const { buffer, byteOffset, byteLength } = request.bytes;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (request.kind === 'convert') {
    return convertPicture(bytes, request.wanted, request.limits, request.timeoutSeconds);
  }
  const attributes = await probePicture(bytes, request.limits);
  return { before: attributes, after: attributes, bytes: null };
}

openTiffLoader();
process.on('message', (request: ImageRequest) => {
  answer(request).then(
    (done) => {
      say({ kind: 'done', answer: done });
    },
    (error: unknown) => {
      say({ kind: 'failed', error: toErrorDto(error) });
    },
  );
});
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
say({ kind: 'ready' });
