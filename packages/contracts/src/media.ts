import { z } from 'zod';
import { defineCall } from './call-contract.js';

/** What images can be converted to; AVIF is read as well. */
export const imageTargets = ['jpeg', 'png', 'webp', 'tiff', 'bmp', 'gif'] as const;
export type ImageTarget = (typeof imageTargets)[number];

/** What sound can be converted to. `mp4` is what others call m4a: AAC in an MP4 container. */
export const audioTargets = ['wav', 'mp3', 'ogg', 'webm', 'mp4', 'flac', 'aac'] as const;
export type AudioTarget = (typeof audioTargets)[number];

export const videoTargets = ['mp4', 'webm'] as const;
export type VideoTarget = (typeof videoTargets)[number];

/**
 * What a decoder of the file yields. How the file itself orders or transforms its channels is its own affair: a JPEG in
 * colour is `rgb`. `palette` and `monochrome` (black and white, 1 bit) are told by the header.
 */
export const imageColorSpaces = ['rgb', 'rgba', 'gray', 'gray_alpha', 'palette', 'monochrome'] as const;
export type ImageColorSpace = (typeof imageColorSpaces)[number];

const size = z.number().int().positive();
const count = z.number().int().nonnegative();

export const imageAttributes = z.object({
  kind: z.literal('image'),
  format: z.enum([...imageTargets, 'avif']),
  sizeBytes: count,
  /** As shown: after the EXIF orientation. */
  width: size,
  height: size,
  colorSpace: z.enum(imageColorSpaces),
  /** Frames of an animation, pages of a TIFF; 1 for a still. */
  frameCount: size,
});
export type ImageAttributes = z.infer<typeof imageAttributes>;

const soundAttributes = z.object({
  /** As ffmpeg names it: `pcm_s16le`, `mp3`, `opus`. */
  codec: z.string(),
  sampleRateHz: size,
  channels: size,
  /** Null where samples have none, as in every lossy codec. */
  bitDepth: size.nullable(),
  /** Null when the container does not say. */
  bitRateBps: size.nullable(),
});
export type SoundAttributes = z.infer<typeof soundAttributes>;

export const audioAttributes = soundAttributes.extend({
  kind: z.literal('audio'),
  format: z.enum([...audioTargets, 'matroska', 'avi']),
  sizeBytes: count,
  durationMs: count,
  /** Of the sound, or of the whole file where its codec does not say. */
  bitRateBps: size,
});
export type AudioAttributes = z.infer<typeof audioAttributes>;

export const videoAttributes = z.object({
  kind: z.literal('video'),
  format: z.enum([...videoTargets, 'matroska', 'avi', 'ogg']),
  codec: z.string(),
  sizeBytes: count,
  durationMs: count,
  /** As shown: after its rotation. */
  width: size,
  height: size,
  /** As ffmpeg names it: `yuv420p`. */
  pixelFormat: z.string(),
  /** Null when the container does not say. */
  framesPerSecond: z.number().positive().nullable(),
  /** Of the whole file. */
  bitRateBps: size,
  /** Null for a silent video. */
  sound: soundAttributes.nullable(),
});
export type VideoAttributes = z.infer<typeof videoAttributes>;

export const mediaAttributes = z.discriminatedUnion('kind', [imageAttributes, audioAttributes, videoAttributes]);
export type MediaAttributes = z.infer<typeof mediaAttributes>;

/** Which numbers are fine, and so what any other becomes: the first supported one, then clamped, then the nearest multiple. */
const numberRule = z.object({
  supported: z.array(z.number().positive()).min(1).readonly().optional(),
  minimum: z.number().nonnegative().optional(),
  maximum: z.number().positive().optional(),
  alignTo: z.number().positive().optional(),
});
export type NumberRule = z.infer<typeof numberRule>;

/** All are fine; anything else becomes the first. */
const oneOf = <Value extends string>(values: readonly [Value, ...Value[]]) => z.array(z.enum(values)).min(1).readonly();

const sizeWishes = {
  /** Pairs of width and height; anything else becomes the first. With it, the rules below do not count. */
  sizes: z
    .array(z.tuple([size, size]))
    .min(1)
    .optional(),
  width: numberRule.optional(),
  height: numberRule.optional(),
  /** Default false. Kept as far as minimum, maximum and alignment let it. */
  keepAspectRatio: z.boolean().optional(),
  /** `scale` (default) stretches; `crop` cuts the middle out in the new ratio, then scales. */
  resizeMethod: z.enum(['crop', 'scale']).optional(),
};

/** What is not named stays as it is. */
export const wantedImage = z.object({
  kind: z.literal('image'),
  formats: oneOf(imageTargets).optional(),
  colorSpaces: oneOf(imageColorSpaces).optional(),
  ...sizeWishes,
  /** Of JPEG and WebP, 1 to 100; default 90. */
  quality: z.number().int().min(1).max(100).optional(),
});
export type WantedImage = z.infer<typeof wantedImage>;

const soundWishes = {
  sampleRateHz: numberRule.optional(),
  /** Of wav and flac; lossy codecs have none, and meet any. */
  bitDepth: numberRule.optional(),
  channels: numberRule.optional(),
  /** Of lossy codecs; that of wav and flac follows from the rest. */
  bitRateBps: numberRule.optional(),
};

/** What is not named stays as it is. */
export const wantedAudio = z.object({
  kind: z.literal('audio'),
  formats: oneOf(audioTargets).optional(),
  ...soundWishes,
  /** What is longer is cut; what is shorter stays. */
  maximumDurationMs: size.optional(),
  /** Whether the sound of a video will do; default false, then a video is refused. */
  acceptVideo: z.boolean().optional(),
});
export type WantedAudio = z.infer<typeof wantedAudio>;

/** What is not named stays as it is. */
export const wantedVideo = z.object({
  kind: z.literal('video'),
  formats: oneOf(videoTargets).optional(),
  ...sizeWishes,
  framesPerSecond: numberRule.optional(),
  /** Of the whole file. */
  bitRateBps: numberRule.optional(),
  maximumDurationMs: size.optional(),
  /** Null removes it. */
  sound: z.object(soundWishes).nullable().optional(),
});
export type WantedVideo = z.infer<typeof wantedVideo>;

export const wantedMedia = z.discriminatedUnion('kind', [wantedImage, wantedAudio, wantedVideo]);
export type WantedMedia = z.infer<typeof wantedMedia>;

/** What media may cost before it is refused with MEDIA_TOO_LARGE. */
const mediaLimits = z.object({
  /** Of the encoded input. */
  maxBytes: size.optional(),
  /** Width times height of one picture. */
  maxPixels: size.optional(),
  maxSide: size.optional(),
  maxDurationMs: size.optional(),
  /** Of the encoded output. */
  maxOutputBytes: size.optional(),
});
export type MediaLimits = z.infer<typeof mediaLimits>;

const tempFileMode = z.enum(['auto', 'yes', 'no']);

/** Whether ffmpeg reads and writes a file or a pipe. `auto`: a file where the format has to be read or written out of order. */
const tempFiles = z.object({ input: tempFileMode.optional(), output: tempFileMode.optional() });
export type TempFiles = z.infer<typeof tempFiles>;

/** Bytes that fit a message with room for the rest; larger media go through the object store. */
export const maxInlineMediaBytes = 47_000;

const inline = z.object({ kind: z.literal('inline'), base64: z.base64().max(Math.ceil(maxInlineMediaBytes / 3) * 4) });
const transferId = z.uuid();

/** Where the bytes are: in the message, in a transfer that was opened, or behind a presigned URL of the mesh's own store. */
const mediaSource = z.discriminatedUnion('kind', [
  inline,
  z.object({ kind: z.literal('transfer'), transferId }),
  z.object({ kind: z.literal('url'), url: z.url() }),
]);
export type MediaSource = z.infer<typeof mediaSource>;

/**
 * Makes room in the object store for large inputs and their outputs. What was used is removed two minutes later, what was
 * not an hour later.
 */
export const openMedia = defineCall({
  name: 'media.open',
  queue: 'media',
  version: 1,
  request: z.object({ count: z.number().int().min(1).max(32) }),
  response: z.object({
    transfers: z.array(
      z.object({ transferId, put: z.object({ url: z.string(), headers: z.record(z.string(), z.string()) }) }),
    ),
    /** How long the URLs may be used. */
    lifetimeMs: size,
    /** The largest input that will be read. */
    maxBytes: size,
  }),
});

/** @throws MEDIA_INVALID, MEDIA_TOO_LARGE, QUEUE_FULL, OBJECT_NOT_FOUND */
export const probeMedia = defineCall({
  name: 'media.probe',
  queue: 'media',
  version: 1,
  request: z.object({
    source: mediaSource,
    /** Decodes all of it as well, so that damage behind the header is found; default false. */
    decode: z.boolean().optional(),
    limits: mediaLimits.optional(),
  }),
  response: z.object({ attributes: mediaAttributes }),
});

/** @throws MEDIA_INVALID, also for another kind than wanted; MEDIA_TOO_LARGE, BAD_REQUEST, QUEUE_FULL, OBJECT_NOT_FOUND */
export const convertMedia = defineCall({
  name: 'media.convert',
  queue: 'media',
  version: 1,
  request: z.object({
    source: mediaSource,
    wanted: wantedMedia,
    limits: mediaLimits.optional(),
    tempFiles: tempFiles.optional(),
  }),
  response: z.object({
    before: mediaAttributes,
    after: mediaAttributes,
    /** What `after` still lacks of what was wanted, in words; empty when all is met. */
    mismatches: z.array(z.string()).readonly(),
    output: z.discriminatedUnion('kind', [
      /** It complied already: the source is the output. */
      z.object({ kind: z.literal('source') }),
      inline,
      z.object({ kind: z.literal('url'), url: z.string(), sizeBytes: count }),
    ]),
  }),
});
