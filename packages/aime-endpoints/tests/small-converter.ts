import { MeshError } from '@infermesh/errors';
import { cropCentre, decodeImage, encodePng, probeImage, resizeImage } from '@infermesh/media';
import type { ConvertedMedia, MediaAttributes, MediaConverter, MediaTarget, Size } from '../src/index.js';
import { noAttributes } from './no-attributes.js';
import { convertWav, probeWav } from './small-wav.js';

/** Really measures and converts: pictures to PNG, by the media room, and WAV to WAV. Counts what it is asked. */
export class SmallConverter implements MediaConverter {
  readonly probes: string[] = [];
  readonly targets: MediaTarget[] = [];

  async probe(bytes: Uint8Array, { expectedKind }: { expectedKind: string }): Promise<MediaAttributes> {
    this.probes.push(expectedKind);
    return isWav(bytes) ? probeWav(bytes) : measurePicture(bytes);
  }

  async convert(bytes: Uint8Array, target: MediaTarget): Promise<ConvertedMedia> {
    this.targets.push(target);
    const converted = isWav(bytes) ? convertWav(bytes, target) : await convertPicture(bytes, target);
    return { bytes: converted, attributes: isWav(converted) ? probeWav(converted) : await measurePicture(converted) };
  }
}

function isWav(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'RIFF';
}

async function measurePicture(bytes: Uint8Array): Promise<MediaAttributes> {
  const { format, width, height, hasAlpha } = await probeImage(Buffer.from(bytes));
  return { ...noAttributes, formats: [format], size: [width, height], colorSpace: hasAlpha ? 'rgba' : 'rgb' };
}

async function convertPicture(bytes: Uint8Array, target: MediaTarget): Promise<Uint8Array> {
  if (target.format !== 'png') throw new MeshError('MEDIA_INVALID', `there is no way to ${target.format}`);
  const image = await decodeImage(Buffer.from(bytes));
  const [width, height]: Size = target.size ?? [image.width, image.height];
  const cut =
    target.resizeMethod === 'crop' && target.size !== null ? cropCentre(image, ratioOf(image, width / height)) : image;
  return encodePng(await resizeImage(cut, { width, height, kernel: 'nearest', signal: AbortSignal.timeout(60_000) }));
}

function ratioOf(
  { width, height }: { width: number; height: number },
  ratio: number,
): { width: number; height: number } {
  return width / height > ratio
    ? { width: Math.round(height * ratio), height }
    : { width, height: Math.round(width / ratio) };
}
