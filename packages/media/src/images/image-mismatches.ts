import type { ImageAttributes, WantedImage } from '@infermesh/contracts';
import { fitSize } from '../rules/fit-size.js';

/** What the picture still lacks of what was wanted. */
export function imageMismatches(after: ImageAttributes, wanted: WantedImage): string[] {
  const { formats, colorSpaces } = wanted;
  const { width, height } = fitSize(after, { ...wanted, keepAspectRatio: false });
  const checks: readonly (readonly [boolean, string])[] = [
    [formats === undefined || (formats as readonly string[]).includes(after.format), `format is ${after.format}`],
    [colorSpaces === undefined || colorSpaces.includes(after.colorSpace), `colorSpace is ${after.colorSpace}`],
    [width === after.width && height === after.height, `size is ${after.width}x${after.height}`],
  ];
  return checks.filter(([isMet]) => !isMet).map(([, words]) => words);
}
