import type { ImageColorSpace, ImageTarget } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';

/** What each format can hold, and what it is given when nothing else is said, the best first. */
const held: Readonly<Record<ImageTarget, readonly ImageColorSpace[]>> = {
  jpeg: ['rgb', 'gray'],
  png: ['rgb', 'rgba', 'gray', 'gray_alpha', 'palette', 'monochrome'],
  webp: ['rgb', 'rgba'],
  tiff: ['rgb', 'rgba', 'gray', 'gray_alpha', 'monochrome'],
  bmp: ['rgb', 'rgba'],
  gif: ['palette'],
};

/** What comes closest where the format does not hold it, the best first. */
const nearest: Readonly<Record<ImageColorSpace, readonly ImageColorSpace[]>> = {
  rgb: ['rgb', 'palette'],
  rgba: ['rgba', 'rgb', 'palette'],
  gray: ['gray', 'rgb', 'palette'],
  gray_alpha: ['gray_alpha', 'rgba', 'gray', 'palette'],
  palette: ['palette', 'rgba', 'rgb'],
  monochrome: ['monochrome', 'gray', 'rgb', 'palette'],
};

/**
 * The colour space that a conversion makes.
 *
 * @throws MeshError BAD_REQUEST when the format holds none of those that are wanted
 */
export function chooseColorSpace(
  format: ImageTarget,
  actual: ImageColorSpace,
  wanted: readonly ImageColorSpace[] | undefined,
): ImageColorSpace {
  const candidates = wanted === undefined ? nearest[actual] : wanted.includes(actual) ? [actual, ...wanted] : wanted;
  const chosen = candidates.find((candidate) => held[format].includes(candidate));
  if (chosen !== undefined) return chosen;
  throw new MeshError(
    'BAD_REQUEST',
    `a ${format.toUpperCase()} image holds ${held[format].join(' or ')}, not ${candidates.join(' or ')}`,
    { field: 'colorSpaces' },
  );
}
