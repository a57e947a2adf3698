import type { ImageAttributes, WantedImage } from '@infermesh/contracts';
import type { ErrorDto } from '@infermesh/errors';
import type { AllLimits } from '../limits.js';

/** What an image process is asked; it does one thing at a time. */
export type ImageRequest =
  | { readonly kind: 'probe'; readonly bytes: Uint8Array; readonly limits: AllLimits }
  | {
      readonly kind: 'convert';
      readonly bytes: Uint8Array;
      readonly limits: AllLimits;
      readonly wanted: WantedImage;
      readonly timeoutSeconds: number;
    };

export interface ImageAnswer {
  readonly before: ImageAttributes;
  readonly after: ImageAttributes;
  /** Null: the bytes of the request. */
  readonly bytes: Uint8Array | null;
}

export type FromImageProcess =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly answer: ImageAnswer }
  | { readonly kind: 'failed'; readonly error: ErrorDto };
