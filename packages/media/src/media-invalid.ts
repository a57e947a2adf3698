import { MeshError } from '@infermesh/errors';

/** What a decoder's complaint means for the person who sent the image. */
export function mediaInvalid(description: string, cause: unknown): MeshError {
  const text = cause instanceof Error ? cause.message : '';
  if (/timeout/iu.test(text))
    return new MeshError('MEDIA_TOO_LARGE', `${description} takes too long to decode; send a smaller one`, { cause });
  return new MeshError(
    'MEDIA_INVALID',
    `${description} is truncated or damaged; send the whole file, or save it again as PNG or JPEG`,
    { cause },
  );
}
