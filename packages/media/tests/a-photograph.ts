import sharp, { type Sharp } from 'sharp';

/** 64x48 RGB with smooth tones and fine detail, different on every side. */
export function aPhotograph(): Sharp {
  const data = Buffer.alloc(64 * 48 * 3);
  for (let index = 0; index < data.length; index += 3) {
    const x = (index / 3) % 64;
    const y = Math.floor(index / 3 / 64);
    data.set([x * 4, y * 5, (x * 31 + y * 17) % 256], index);
  }
  return sharp(data, { raw: { width: 64, height: 48, channels: 3 } });
}
