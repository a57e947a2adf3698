import { randomBytes } from 'node:crypto';

/** `<endpointId>.<seat>.<random>`: no two workers ever share one, so that losing one tells nothing about the next. */
export function createWorkerId(endpointId: string, seat: number): string {
  return `${endpointId}.${String(seat)}.${randomBytes(6).toString('hex')}`;
}
