import { createHash } from 'node:crypto';

/** The same checkpoint has the same id in every installation: a version 8 UUID made of its type, name and content. */
export function bundledCheckpointId(ref: {
  readonly type: string;
  readonly name: string;
  readonly sha256: string;
}): string {
  const text = JSON.stringify(['infermesh bundled checkpoint', ref.type, ref.name, ref.sha256]);
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
