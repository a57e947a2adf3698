import type { MediaKind, Size, TempFileMode } from '../definition/media-rules.js';

/**
 * What a medium is. Null is "has none" or "cannot be told": a picture has no sample rate, and MP3 no bit depth.
 * Words are in lower case, as `mediaFormats` and `colorSpaces` have them.
 */
export interface MediaAttributes {
  /** `video` when there are moving pictures in it; an animated GIF or WebP is an `image`. A cover in an MP3 does not count. */
  readonly kind: MediaKind;
  /** The format; further names where the bytes fit several (`mov`, `mp4`), the likeliest first. */
  readonly formats: readonly [string, ...string[]];
  readonly colorSpace: string | null;
  /** In pixels, as shown: after the EXIF orientation. */
  readonly size: Size | null;
  readonly audioCodec: string | null;
  readonly videoCodec: string | null;
  readonly sampleRateHz: number | null;
  /** Bits of a sample, of formats that keep samples as they are. */
  readonly sampleBitDepth: number | null;
  readonly channels: number | null;
  /** Bits per second. */
  readonly audioBitRate: number | null;
  /** Bits per second. */
  readonly videoBitRate: number | null;
  readonly durationSeconds: number | null;
}

/** What a medium shall become. Null leaves the attribute as it is, or to the converter where the format changes. */
export interface MediaTarget {
  readonly kind: MediaKind;
  readonly format: string;
  readonly colorSpace: string | null;
  readonly size: Size | null;
  /** How to come to `size`. `crop` cuts to its ratio from the centre and scales; `scale` stretches. */
  readonly resizeMethod: 'crop' | 'scale';
  readonly audioCodec: string | null;
  readonly videoCodec: string | null;
  readonly sampleRateHz: number | null;
  readonly sampleBitDepth: number | null;
  readonly channels: number | null;
  /** Bits per second. */
  readonly audioBitRate: number | null;
  /** Bits per second. */
  readonly videoBitRate: number | null;
  /** What is longer is cut at its end. */
  readonly maxDurationSeconds: number | null;
  readonly inputTempFile: TempFileMode;
  readonly outputTempFile: TempFileMode;
}

export interface ConvertedMedia {
  readonly bytes: Uint8Array;
  /** As measured after the conversion. */
  readonly attributes: MediaAttributes;
}

export interface ProbeHint {
  /** The kind that the input asks for; the bytes may be another one. */
  readonly expectedKind: MediaKind;
  readonly inputTempFile: TempFileMode;
  /** All of it has to be decoded, so that damage behind the header is found: what passes as it is will be decoded by nobody else. */
  readonly decode: boolean;
}

/**
 * Measures and converts media. Messages of its refusals are shown to the client, so they hold no path.
 *
 * Of what either throws, MEDIA_INVALID, MEDIA_TOO_LARGE and PAYLOAD_TOO_LARGE are about the bytes and become error texts
 * of the request; all else is a fault of the mesh and passes through.
 */
export interface MediaConverter {
  /** @throws MeshError MEDIA_INVALID when the bytes are no medium that can be read; MEDIA_TOO_LARGE; the signal's reason */
  probe(bytes: Uint8Array, hint: ProbeHint, signal: AbortSignal): Promise<MediaAttributes>;
  /** @throws MeshError MEDIA_INVALID when the bytes cannot be converted so; MEDIA_TOO_LARGE; the signal's reason */
  convert(bytes: Uint8Array, target: MediaTarget, signal: AbortSignal): Promise<ConvertedMedia>;
}
