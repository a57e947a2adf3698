import { AnimatedGif } from './animated-gif.js';
import { AnimatedPng } from './animated-png.js';
import { AnimatedWebp } from './animated-webp.js';
import type { Animation, AnimationFormat, AnimationOptions } from './animation.js';

/** `webp` is the smallest, `gif` has 256 colours a frame, `png` is exact and large. */
export function createAnimation(format: AnimationFormat, options: AnimationOptions): Animation {
  switch (format) {
    case 'png':
      return new AnimatedPng(options);
    case 'webp':
      return new AnimatedWebp(options);
    case 'gif':
      return new AnimatedGif(options);
  }
}
