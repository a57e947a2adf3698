import type { Size, SizeRule } from '../definition/media-rules.js';
import { fitNumber, type NumberLimits } from '../definition/number-limits.js';

/**
 * The size nearest to `size` that keeps the limits. With `keepRatio` both sides are scaled by the factor nearest to 1
 * that fits; where limits and ratio exclude each other, the limits win.
 *
 * @returns null when no size keeps the limits
 */
export function fitSize(size: Size, { width, height }: SizeRule, keepRatio: boolean): Size | null {
  if (!keepRatio) return fitSides(size[0], size[1], width, height);
  const factor = nearestFactor(size, width, height);
  const ratio = size[0] / size[1];
  const [scaledWidth, scaledHeight] = [size[0] * factor, size[1] * factor];
  // One side is put on its grid first, and the other follows; whichever order distorts less.
  const firstWidth = fitNumber(scaledWidth, wholePixels(width));
  const firstHeight = fitNumber(scaledHeight, wholePixels(height));
  if (firstWidth === null || firstHeight === null) return null;
  const candidates = [
    fitSides(firstWidth, firstWidth / ratio, width, height),
    fitSides(firstHeight * ratio, firstHeight, width, height),
  ].filter((candidate) => candidate !== null);
  const distortion = ([w, h]: Size): number => Math.abs(Math.log(w / h / ratio));
  return candidates.sort((a, b) => distortion(a) - distortion(b))[0] ?? null;
}

function fitSides(w: number, h: number, width: NumberLimits, height: NumberLimits): Size | null {
  const fitted = [fitNumber(w, wholePixels(width)), fitNumber(h, wholePixels(height))] as const;
  return fitted[0] === null || fitted[1] === null ? null : [fitted[0], fitted[1]];
}

/** The factor nearest to 1 that brings both sides within their limits; if none does, the one that keeps the maxima. */
function nearestFactor([w, h]: Size, width: NumberLimits, height: NumberLimits): number {
  const smallest = Math.max((width.min ?? 0) / w, (height.min ?? 0) / h);
  const largest = Math.min((width.max ?? Infinity) / w, (height.max ?? Infinity) / h);
  return Math.min(largest, Math.max(smallest, 1));
}

/** A side has whole pixels, one at least. */
function wholePixels({ min, max, align }: NumberLimits): NumberLimits {
  return { min: Math.max(min ?? 1, 1), max, align: align ?? 1 };
}
