import sharp from 'sharp';

const side = 64;

interface Colour {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

/** One of its own for each number below 16 million: enlarged, it is still that colour, so no job can pass for another. */
function colourOf(number: number): Colour {
  return { r: number & 255, g: (number >> 8) & 255, b: (number >> 16) & 255 };
}

/** A PNG of 64 x 64 pixels in the colour of that number. */
export function plainPicture(number: number): Promise<Buffer> {
  const create = { width: side, height: side, channels: 3, background: colourOf(number) } as const;
  return sharp({ create }).png().toBuffer();
}

/** What is wrong with the picture that should be that number's, doubled; undefined when nothing is. */
export async function findPictureFault(bytes: Buffer, number: number): Promise<string | undefined> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  if (info.width !== 2 * side || info.height !== 2 * side)
    return `the result has ${info.width} x ${info.height} pixels instead of ${2 * side} x ${2 * side}`;
  const { r, g, b } = colourOf(number);
  const isOwn = data.every((value, index) => value === [r, g, b][index % 3]);
  return isOwn ? undefined : `the result is not of the colour ${r},${g},${b}: it is of another job`;
}
