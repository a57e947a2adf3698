import type { MediaAttributes as AimeAttributes } from '@infermesh/aime-endpoints';
import type {
  AudioAttributes,
  ImageAttributes,
  MediaAttributes,
  SoundAttributes,
  VideoAttributes,
} from '@infermesh/contracts';

/** What the media converter measured, in AIME's words and units. */
export function toAimeAttributes(measured: MediaAttributes): AimeAttributes {
  switch (measured.kind) {
    case 'image':
      return imageAttributes(measured);
    case 'audio':
      return audioAttributes(measured);
    case 'video':
      return videoAttributes(measured);
  }
}

const noSound = {
  audioCodec: null,
  sampleRateHz: null,
  sampleBitDepth: null,
  channels: null,
  audioBitRate: null,
} satisfies Partial<AimeAttributes>;

function imageAttributes({ format, colorSpace, width, height }: ImageAttributes): AimeAttributes {
  return {
    kind: 'image',
    formats: [format],
    colorSpace: colorSpace === 'gray_alpha' ? 'alpha' : colorSpace,
    size: [width, height],
    ...noSound,
    videoCodec: null,
    videoBitRate: null,
    durationSeconds: null,
  };
}

function audioAttributes(audio: AudioAttributes): AimeAttributes {
  return {
    kind: 'audio',
    formats: [formatWord(audio.format)],
    colorSpace: null,
    size: null,
    ...soundAttributes(audio),
    videoCodec: null,
    videoBitRate: null,
    durationSeconds: audio.durationMs / 1000,
  };
}

function videoAttributes(video: VideoAttributes): AimeAttributes {
  const { format, width, height, codec, bitRateBps, durationMs, sound } = video;
  return {
    kind: 'video',
    // One family of containers, which the converter does not tell apart.
    formats: format === 'mp4' ? ['mp4', 'mov'] : [formatWord(format)],
    colorSpace: null,
    size: [width, height],
    ...(sound === null ? noSound : soundAttributes(sound)),
    videoCodec: codec,
    videoBitRate: bitRateBps,
    durationSeconds: durationMs / 1000,
  };
}

function soundAttributes({
  codec,
  sampleRateHz,
  bitDepth,
  channels,
  bitRateBps,
}: SoundAttributes): Pick<AimeAttributes, keyof typeof noSound> {
  return { audioCodec: codec, sampleRateHz, sampleBitDepth: bitDepth, channels, audioBitRate: bitRateBps };
}

function formatWord(format: string): string {
  return format === 'matroska' ? 'mkv' : format;
}
