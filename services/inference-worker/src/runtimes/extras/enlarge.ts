import { MeshError } from '@infermesh/errors';
import { blendImages, cropCentre, resizeImage, type RawImage } from '@infermesh/media';
import type { ExtrasSettings } from './extras-payload.js';
import type { OnnxUpscaler } from './onnx-upscaler.js';
import { targetSize, type Size } from './target-size.js';

/** As often as A1111 repeats a network; what is still missing then, Lanczos adds. */
const maxPasses = 3;

export interface EnlargeTools {
  readonly maxOutputPixels: number;
  readonly findUpscaler: (name: string) => Promise<OnnxUpscaler>;
  readonly signal: AbortSignal;
  /** @param fraction 0..1 */
  readonly onProgress: (fraction: number) => void;
}

/**
 * What A1111's extras make of a picture: enlarged by one upscaler or by a mix of two, then cropped when asked to fill a
 * size. Without a first upscaler it stays as it is, whatever else is set.
 *
 * @throws MeshError MEDIA_TOO_LARGE; what `findUpscaler` throws; the signal's reason
 */
export async function enlarge(image: RawImage, settings: ExtrasSettings, tools: EnlargeTools): Promise<RawImage> {
  if (settings.upscaler_1 === 'None') return image;
  const size = targetSize(image, settings, tools.maxOutputPixels);
  const enlarged = await mix(image, settings, size, tools);
  if (settings.resize_mode === 0 || !settings.upscaling_crop) return enlarged;
  return cropCentre(enlarged, { width: settings.upscaling_resize_w, height: settings.upscaling_resize_h });
}

async function mix(image: RawImage, settings: ExtrasSettings, size: Size, tools: EnlargeTools): Promise<RawImage> {
  const { upscaler_1: first, upscaler_2: second, extras_upscaler_2_visibility: weight } = settings;
  if (second === 'None' || weight === 0) return enlargeBy(first, image, size, tools);
  const half = (offset: number): EnlargeTools => ({
    ...tools,
    onProgress: (fraction) => {
      tools.onProgress(offset + fraction / 2);
    },
  });
  const enlarged = await enlargeBy(first, image, size, half(0));
  return blendImages(enlarged, await enlargeBy(second, image, size, half(0.5)), weight);
}

async function enlargeBy(name: string, image: RawImage, size: Size, tools: EnlargeTools): Promise<RawImage> {
  const { signal, onProgress } = tools;
  if (name === 'Lanczos') return resizeImage(image, { ...size, kernel: 'lanczos3', signal, onProgress });
  if (name === 'Nearest') return resizeImage(image, { ...size, kernel: 'nearest', signal, onProgress });
  return enlargeByNetwork(name, image, size, tools);
}

/** The network as often as it takes to reach the size, then Lanczos to exactly there. */
async function enlargeByNetwork(name: string, image: RawImage, size: Size, tools: EnlargeTools): Promise<RawImage> {
  const { signal, onProgress } = tools;
  const upscaler = await tools.findUpscaler(name);
  const passCount = countPasses(image, size, upscaler.scale);
  refuseDetour(name, image, upscaler.scale ** passCount, 2 * tools.maxOutputPixels);
  let enlarged = image;
  for (let pass = 0; pass < passCount; pass += 1) {
    enlarged = await upscaler.upscale(enlarged, {
      signal,
      onProgress: (fraction) => {
        onProgress((pass + fraction) / passCount);
      },
    });
  }
  return resizeImage(enlarged, { ...size, kernel: 'lanczos3', signal });
}

/** None when there is nothing to enlarge; one for a network that only cleans (scale 1). */
function countPasses(image: Size, size: Size, scale: number): number {
  const factor = Math.max(size.width / image.width, size.height / image.height);
  if (factor <= 1) return 0;
  if (scale === 1) return 1;
  return Math.min(maxPasses, Math.ceil(Math.log(factor) / Math.log(scale) - 1e-9));
}

function refuseDetour(name: string, { width, height }: Size, factor: number, maxPixels: number): void {
  if (width * height * factor ** 2 <= maxPixels) return;
  throw new MeshError(
    'MEDIA_TOO_LARGE',
    `upscaler ${name} would need an image of ${width * factor}x${height * factor} pixels on its way; at most ${maxPixels} are allowed: send a smaller image or choose Lanczos`,
  );
}
