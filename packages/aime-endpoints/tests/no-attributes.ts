import type { MediaAttributes } from '../src/index.js';

/** What is known of a medium of which nothing is known. */
export const noAttributes: MediaAttributes = {
  kind: 'image',
  formats: ['png'],
  colorSpace: null,
  size: null,
  audioCodec: null,
  videoCodec: null,
  sampleRateHz: null,
  sampleBitDepth: null,
  channels: null,
  audioBitRate: null,
  videoBitRate: null,
  durationSeconds: null,
};
