import { z } from 'zod';

/** Formats by kind of media, in the words that definitions use. */
export const mediaFormats = {
  image: ['jpeg', 'png', 'tiff', 'bmp', 'gif', 'webp'],
  audio: ['wav', 'mp3', 'ogg', 'webm', 'mp4', 'flac'],
  video: ['mp4', 'webm', 'mkv', 'mov', 'avi', 'ogg'],
} as const;

export const colorSpaces = [
  'rgb',
  'yuv',
  'rgba',
  'yuva',
  'bgr',
  'gbr',
  'gbr_alpha',
  'gray',
  'monochrome',
  'palette',
  'alpha',
  'other',
] as const;

const autoConvert = z
  .boolean()
  .meta({ description: 'Convert what does not fit, if possible. Default: that of the parameter, else false.' })
  .optional();
const keepAspectRatio = z
  .boolean()
  .meta({ description: 'For size with resize_method = "scale": keep the ratio of the sides. Default false.' })
  .optional();

/** An attribute that is a word, such as the format. */
function wordRule(description: string, examples: readonly string[]): z.ZodOptional<typeof bareWordRule> {
  return bareWordRule.meta({ description: `${description}: ${examples.join(', ')}. Case does not count.` }).optional();
}

const bareWordRule = z.strictObject({
  supported: z.array(z.string()).min(1).optional(),
  default: z.string().optional(),
  auto_convert: autoConvert,
  keep_aspect_ratio: keepAspectRatio,
});

const limits = <Value extends z.ZodType>(value: Value) => ({
  min: value.optional(),
  minimum: value.optional(),
  max: value.optional(),
  maximum: value.optional(),
  align: value.optional(),
});

const bareNumberRule = z.strictObject({
  supported: z.array(z.number().positive()).min(1).optional(),
  default: z.number().positive().optional(),
  auto_convert: autoConvert,
  ...limits(z.number().nonnegative()),
  keep_aspect_ratio: keepAspectRatio,
});

function numberRule(description: string): z.ZodOptional<typeof bareNumberRule> {
  return bareNumberRule.meta({ description }).optional();
}

const side = z.int().positive().max(65_535);
const sidePair = z.tuple([side, side], { error: 'must be [width, height], two whole numbers of pixels' });
const sideOrPair = z.union([side, sidePair], {
  error: 'must be a whole number of pixels, or [width, height]',
});

const sizeRule = z
  .strictObject({
    supported: z.array(sidePair).min(1).optional(),
    default: sidePair.optional(),
    auto_convert: autoConvert,
    ...limits(sideOrPair),
    keep_aspect_ratio: keepAspectRatio,
  })
  .meta({ description: 'Width and height in pixels. One number as a limit counts for both.' })
  .optional();

const tempFile = z.enum(['yes', 'no', 'auto']);
const handling = {
  check_conversion: z
    .boolean()
    .meta({ description: 'Measure again after a conversion, and log what differs. Default true.' })
    .optional(),
  input_temp_file: tempFile
    .meta({ description: 'Hand the input to the converter as a file. Default auto.' })
    .optional(),
  output_temp_file: tempFile
    .meta({ description: 'Take the output of the converter from a file. Default auto.' })
    .optional(),
};

export const imageAttributes = {
  format: wordRule('Image format', mediaFormats.image),
  color_space: wordRule('Colour space', colorSpaces),
  size: sizeRule,
  resize_method: z
    .enum(['crop', 'scale'])
    .meta({ description: 'crop: cut to the ratio from the centre, then scale. Default scale.' })
    .optional(),
  ...handling,
};

export const audioAttributes = {
  format: wordRule('Audio format', mediaFormats.audio),
  audio_codec: wordRule('Audio codec, in the words of ffmpeg', ['pcm_s16le', 'mp3', 'vorbis', 'opus', 'aac']),
  sample_rate: numberRule('Sample rate in Hz.'),
  sample_bit_depth: numberRule('Bits of a sample: 8, 16, 32 or 64.'),
  audio_bit_rate: numberRule('Bit rate of the audio in bits per second.'),
  channels: numberRule('Number of channels: 1 is mono, 2 is stereo.'),
  duration: numberRule('Duration in seconds.'),
  ...handling,
};

export const videoAttributes = {
  ...imageAttributes,
  ...audioAttributes,
  format: wordRule('Video format', mediaFormats.video),
  video_codec: wordRule('Video codec, in the words of ffmpeg', ['h264', 'vp8', 'vp9', 'av1']),
  video_bit_rate: numberRule('Bit rate of the pictures in bits per second.'),
};

/** What the three kinds of media have together; each kind's schema allows a part of it. */
export type MediaAttributesToml = {
  readonly [Key in keyof typeof videoAttributes]?: z.infer<(typeof videoAttributes)[Key]>;
};
export type WordRuleToml = z.infer<typeof bareWordRule>;
export type NumberRuleToml = z.infer<typeof bareNumberRule>;
export type SizeRuleToml = NonNullable<z.infer<typeof sizeRule>>;
