import { MeshError } from '@infermesh/errors';
import { blendImages, cropCentre, resizeImage, type RawImage } from '@infermesh/media';
import type { ExtrasPayload } from './extras-payload.js';
import type { OnnxUpscaler } from './onnx-upscaler.js';

const maxOutputPixels = 100_000_000;

interface Enlarge {
  readonly findUpscaler: (name: string) => Promise<OnnxUpscaler>;
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What A1111's extras make of a picture: enlarged by one upscaler or by a mix of two, then cropped when asked to fill a size. */
export async function enlarge(image: RawImage, payload: ExtrasPayload, tools: Enlarge): Promise<RawImage> {
  const size = targetSize(image, payload);
  if (size.width * size.height > maxOutputPixels) {
    throw new MeshError(
      'MEDIA_TOO_LARGE',
      `the result would have ${size.width}x${size.height} pixels; at most ${maxOutputPixels} are allowed: choose a smaller upscaling_resize`,
    );
  }
  const mixes = payload.upscaler_2 !== 'None' && payload.extras_upscaler_2_visibility > 0;
  const first = await enlargeBy(payload.upscaler_1, image, size, {
    ...tools,
    onProgress: (done) => {
      tools.onProgress(mixes ? done / 2 : done);
    },
  });
  const mixed = mixes
    ? blendImages(
        first,
        await enlargeBy(
          payload.upscaler_2,
          image,
          { width: first.width, height: first.height },
          {
            ...tools,
            onProgress: (done) => {
              tools.onProgress(0.5 + done / 2);
            },
          },
        ),
        payload.extras_upscaler_2_visibility,
      )
    : first;
  const fills = payload.resize_mode === 1 && payload.upscaling_crop && payload.upscaler_1 !== 'None';
  return fills ? cropCentre(mixed, { width: payload.upscaling_resize_w, height: payload.upscaling_resize_h }) : mixed;
}

/** Mode 0 multiplies both sides; mode 1 fills (with crop) or fits into (without) the size given. */
function targetSize({ width, height }: Size, payload: ExtrasPayload): Size {
  if (payload.resize_mode === 0) return scaled({ width, height }, payload.upscaling_resize);
  const across = payload.upscaling_resize_w / width;
  const down = payload.upscaling_resize_h / height;
  return scaled({ width, height }, payload.upscaling_crop ? Math.max(across, down) : Math.min(across, down));
}

function scaled({ width, height }: Size, factor: number): Size {
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

async function enlargeBy(
  name: string,
  image: RawImage,
  size: Size,
  { findUpscaler, signal, onProgress }: Enlarge,
): Promise<RawImage> {
  switch (name) {
    case 'None':
      return image;
    case 'Lanczos':
      return resizeImage(image, { ...size, kernel: 'lanczos3', signal, onProgress });
    case 'Nearest':
      return resizeImage(image, { ...size, kernel: 'nearest', signal, onProgress });
    default:
      return enlargeByNetwork(await findUpscaler(name), image, size, signal, onProgress);
  }
}

/** The network as often as it takes to reach the size, then Lanczos down to it. */
async function enlargeByNetwork(
  upscaler: OnnxUpscaler,
  image: RawImage,
  size: Size,
  signal: AbortSignal,
  onProgress: (fraction: number) => void,
): Promise<RawImage> {
  let enlarged = image;
  while (enlarged.width < size.width || enlarged.height < size.height) {
    if (upscaler.scale < 2) break;
    if (enlarged.width * enlarged.height * upscaler.scale ** 2 > 4 * maxOutputPixels) break;
    enlarged = await upscaler.upscale(enlarged, { signal, onProgress });
  }
  return resizeImage(enlarged, { ...size, kernel: 'lanczos3', signal });
}
