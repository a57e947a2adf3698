import type { RawImage } from './raw-image.js';

export type AnimationFormat = 'png' | 'webp' | 'gif';

export const animationFormats: readonly AnimationFormat[] = ['png', 'webp', 'gif'];

export interface AnimationOptions {
  readonly width: number;
  readonly height: number;
  /** How long each frame stands. GIF counts in 10 ms. */
  readonly frameMs: number;
}

/** An animated picture in the making; it repeats for ever. Frames are compressed as they come. */
export interface Animation {
  /** @param frame of the animation's width and height */
  add(frame: RawImage): Promise<void>;
  /** The whole file. */
  finish(): Buffer;
}
