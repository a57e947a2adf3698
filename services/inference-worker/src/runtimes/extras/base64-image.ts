import { MeshError } from '@infermesh/errors';

/**
 * The bytes of a Base64 text, with or without `data:image/...;base64,` before it.
 *
 * @param field where the text stood, for the message
 * @throws MeshError PAYLOAD_INVALID
 */
export function decodeBase64Image(text: string, field: string): Buffer {
  if (/^https?:/iu.test(text)) throw refuse(field, 'is a URL; send the image itself, as Base64');
  const comma = text.startsWith('data:') ? text.indexOf(',') : -1;
  // One by one: for a run of millions the engine would remember every way back, and run out of stack.
  const encoded = text.slice(comma + 1).replace(/\s/gu, '');
  const bytes = Buffer.from(encoded, 'base64');
  // The decoder skips what is not Base64, so the length tells: four letters are three bytes.
  const letterCount = encoded.length - (encoded.endsWith('==') ? 2 : encoded.endsWith('=') ? 1 : 0);
  if (bytes.length === 0 || letterCount % 4 === 1 || bytes.length !== Math.floor((letterCount * 3) / 4))
    throw refuse(field, 'is not Base64');
  return bytes;
}

function refuse(field: string, why: string): MeshError {
  return new MeshError('PAYLOAD_INVALID', `payload field ${field}: ${why}`, { field });
}
