import type { Fields, OwnRuntime } from './own-runtime.js';

const defaultScale = 2;

/** Enlarging of pictures: `scale`, or `width` and `height`, by the checkpoint that `upscaler` names. */
export const extrasRuntime: OwnRuntime = {
  name: 'extras',
  description: {
    payload: {
      image: { type: 'image', required: true },
      scale: { type: 'float', required: false },
      width: { type: 'integer', required: false },
      height: { type: 'integer', required: false },
      upscaler: { type: 'string', required: false },
    },
    result: {
      image: { type: 'image', required: true },
      width: { type: 'integer', required: true },
      height: { type: 'integer', required: true },
      upscaler: { type: 'string', required: true },
    },
  },
  jobType: 'extra-single-image',
  checkpointType: 'Upscaler',
  slots: 1,
  needsFile: true,
  payloadOf: (fields) => ({
    image: fields['image'] ?? null,
    ...sizeOf(fields),
    upscaler_1: fields['upscaler'] ?? 'None',
  }),
  outputOf: (field) => `${field}.png`,
};

/** In the words of A1111's extras, which that runtime reads. */
function sizeOf({ scale, width, height }: Fields): Fields {
  if (typeof width === 'number' && typeof height === 'number') {
    return { resize_mode: 1, upscaling_resize_w: width, upscaling_resize_h: height };
  }
  return { resize_mode: 0, upscaling_resize: scale ?? defaultScale };
}
