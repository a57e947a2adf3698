import { decodedColorSpace, type MediaTarget, type Size } from '@infermesh/aime-endpoints';
import {
  audioTargets,
  imageColorSpaces,
  imageTargets,
  videoTargets,
  type ImageColorSpace,
  type NumberRule,
  type WantedAudio,
  type WantedImage,
  type WantedVideo,
} from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';

export type WantedMedia = WantedAudio | WantedImage | WantedVideo;

/**
 * What an endpoint wants, as the media converter's wishes. Codecs have no counterpart: each format has its own.
 *
 * @throws MeshError MEDIA_INVALID for a format that is not made
 */
export function toWantedMedia(target: MediaTarget): WantedMedia {
  switch (target.kind) {
    case 'image':
      return { kind: 'image', formats: [madeFormat(imageTargets, target)], ...colors(target), ...sizes(target) };
    case 'audio':
      return { kind: 'audio', formats: [madeFormat(audioTargets, target)], ...sound(target), ...duration(target) };
    case 'video':
      return {
        kind: 'video',
        formats: [madeFormat(videoTargets, target)],
        ...sizes(target),
        ...duration(target),
        bitRateBps: atMost(target.videoBitRate),
        ...videoSound(target),
      };
  }
}

function madeFormat<Format extends string>(made: readonly Format[], { kind, format }: MediaTarget): Format {
  const found = made.find((one) => one === format);
  if (found !== undefined) return found;
  throw new MeshError('MEDIA_INVALID', `no ${kind} of the format ${format} is made; send one that fits as it is`);
}

/** What no decoder yields is left as it is. */
function colors({ colorSpace }: MediaTarget): Pick<WantedImage, 'colorSpaces'> {
  if (colorSpace === null) return {};
  const wanted = colorSpace === 'alpha' ? 'gray_alpha' : decodedColorSpace(colorSpace);
  return isColorSpace(wanted) ? { colorSpaces: [wanted] } : {};
}

function isColorSpace(word: string): word is ImageColorSpace {
  return (imageColorSpaces as readonly string[]).includes(word);
}

function sizes({ size, resizeMethod }: MediaTarget): { sizes?: Mutable<Size>[]; resizeMethod: 'crop' | 'scale' } {
  return size === null ? { resizeMethod } : { sizes: [[size[0], size[1]]], resizeMethod };
}

type Mutable<Pair extends Size> = [Pair[0], Pair[1]];

function duration({ maxDurationSeconds }: MediaTarget): { maximumDurationMs?: number } {
  return maxDurationSeconds === null ? {} : { maximumDurationMs: Math.max(1, Math.round(maxDurationSeconds * 1000)) };
}

function sound(target: MediaTarget): Pick<WantedAudio, 'sampleRateHz' | 'bitDepth' | 'channels' | 'bitRateBps'> {
  return {
    sampleRateHz: exactly(target.sampleRateHz),
    bitDepth: exactly(target.sampleBitDepth),
    channels: exactly(target.channels),
    bitRateBps: atMost(target.audioBitRate),
  };
}

function videoSound(target: MediaTarget): Pick<WantedVideo, 'sound'> {
  const { sampleRateHz, sampleBitDepth, channels, audioBitRate } = target;
  const isAsItIs = [sampleRateHz, sampleBitDepth, channels, audioBitRate].every((value) => value === null);
  return isAsItIs ? {} : { sound: sound(target) };
}

function exactly(value: number | null): NumberRule | undefined {
  return value === null ? undefined : { supported: [value] };
}

function atMost(value: number | null): NumberRule | undefined {
  return value === null ? undefined : { maximum: value };
}
