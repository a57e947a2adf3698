import { MeshError } from '@infermesh/errors';
import type { AllLimits } from './limits.js';

/** @throws MeshError MEDIA_TOO_LARGE */
export function checkBytes(sizeBytes: number, { maxBytes }: Pick<AllLimits, 'maxBytes'>): void {
  if (sizeBytes <= maxBytes) return;
  throw new MeshError('MEDIA_TOO_LARGE', `the file has ${sizeBytes} bytes; at most ${maxBytes} are allowed`);
}

/** @throws MeshError MEDIA_TOO_LARGE */
export function checkPixels(
  { width, height }: { readonly width: number; readonly height: number },
  { maxPixels, maxSide }: Pick<AllLimits, 'maxPixels' | 'maxSide'>,
  what = 'image',
): void {
  const size = `the ${what} has ${width}x${height} pixels; at most`;
  if (width * height > maxPixels) throw new MeshError('MEDIA_TOO_LARGE', `${size} ${maxPixels} are allowed`);
  if (Math.max(width, height) > maxSide) {
    throw new MeshError('MEDIA_TOO_LARGE', `${size} ${maxSide} are allowed on a side`);
  }
}

/** @throws MeshError MEDIA_TOO_LARGE */
export function checkDuration(durationMs: number, { maxDurationMs }: Pick<AllLimits, 'maxDurationMs'>): void {
  if (durationMs <= maxDurationMs) return;
  throw new MeshError(
    'MEDIA_TOO_LARGE',
    `the recording is longer than ${maxDurationMs / 1000} seconds, the most that is allowed`,
  );
}
