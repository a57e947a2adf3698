import { timingSafeEqual } from 'node:crypto';

/** In a time that does not tell where they differ. Both are ASCII. */
export function isSameSignature(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
