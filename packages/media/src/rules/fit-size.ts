import type { NumberRule, WantedImage } from '@infermesh/contracts';
import { fitNumber } from './fit-number.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type SizeWishes = Pick<WantedImage, 'sizes' | 'width' | 'height' | 'keepAspectRatio'>;

/**
 * The size that a picture becomes, in whole pixels. With `keepAspectRatio` both sides shrink or grow alike as far as
 * minimum and maximum let them, before each is aligned; where the limits leave no such size, the limits win.
 */
export function fitSize(actual: Size, { sizes, width, height, keepAspectRatio = false }: SizeWishes): Size {
  if (sizes !== undefined) {
    const [wantedWidth, wantedHeight] =
      sizes.find((pair) => pair[0] === actual.width && pair[1] === actual.height) ?? sizes[0] ?? [];
    return { width: wantedWidth ?? actual.width, height: wantedHeight ?? actual.height };
  }
  const start = keepAspectRatio ? scaleAlike(actual, width, height) : actual;
  return { width: wholePixels(fitNumber(start.width, width)), height: wholePixels(fitNumber(start.height, height)) };
}

const wholePixels = (side: number): number => Math.max(1, Math.round(side));

function scaleAlike(actual: Size, width: NumberRule | undefined, height: NumberRule | undefined): Size {
  const [least, most] = [
    Math.max(leastScale(actual.width, width), leastScale(actual.height, height)),
    Math.min(mostScale(actual.width, width), mostScale(actual.height, height)),
  ];
  const scale = Math.min(Math.max(1, least), most);
  return { width: Math.round(actual.width * scale), height: Math.round(actual.height * scale) };
}

const firstSupported = (side: number, rule: NumberRule | undefined): number | undefined =>
  rule?.supported === undefined || rule.supported.includes(side) ? undefined : rule.supported[0];

function leastScale(side: number, rule: NumberRule | undefined): number {
  return (firstSupported(side, rule) ?? rule?.minimum ?? 0) / side;
}

function mostScale(side: number, rule: NumberRule | undefined): number {
  return (firstSupported(side, rule) ?? rule?.maximum ?? Number.POSITIVE_INFINITY) / side;
}
