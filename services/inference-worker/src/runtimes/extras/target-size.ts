import { MeshError } from '@infermesh/errors';
import { defaultImageLimits } from '@infermesh/media';
import type { ExtrasSettings } from './extras-payload.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The size to enlarge to, before any crop: mode 0 multiplies both sides, mode 1 covers the size asked for.
 *
 * @throws MeshError MEDIA_TOO_LARGE when it has more than `maxPixels`, or a side that no image may have
 */
export function targetSize({ width, height }: Size, settings: ExtrasSettings, maxPixels: number): Size {
  const { resize_mode: mode, upscaling_resize_w: wantedWidth, upscaling_resize_h: wantedHeight } = settings;
  const factor = mode === 0 ? settings.upscaling_resize : Math.max(wantedWidth / width, wantedHeight / height);
  const size = { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
  const { maxSide } = defaultImageLimits;
  const allowed =
    size.width * size.height > maxPixels
      ? `${maxPixels}`
      : Math.max(size.width, size.height) > maxSide
        ? `${maxSide} on a side`
        : undefined;
  if (allowed === undefined) return size;
  throw new MeshError(
    'MEDIA_TOO_LARGE',
    `the result would have ${size.width}x${size.height} pixels; at most ${allowed} are allowed: choose a smaller ${mode === 0 ? 'upscaling_resize' : 'upscaling_resize_w and _h'}`,
  );
}
