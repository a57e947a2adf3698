import { MeshError } from '@infermesh/errors';
import type { MediaAttributes, MediaTarget } from '../src/index.js';
import { noAttributes } from './no-attributes.js';

const headerBytes = 44;

/** A tone as WAV of 16 bits. */
export function aWav({ seconds = 1, sampleRateHz = 16_000, channels = 1 } = {}): Buffer {
  const frames = Math.round(seconds * sampleRateHz);
  const samples = Int16Array.from({ length: frames * channels }, (_, index) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 440 * Math.floor(index / channels)) / sampleRateHz)),
  );
  return wavOf(samples, sampleRateHz, channels);
}

function wavOf(samples: Int16Array, sampleRateHz: number, channels: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(headerBytes - 8 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(sampleRateHz * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}

export function probeWav(data: Uint8Array): MediaAttributes {
  const bytes = Buffer.from(data);
  if (bytes.length <= headerBytes) throw new MeshError('MEDIA_INVALID', 'the recording is empty');
  const channels = bytes.readUInt16LE(22);
  const sampleRateHz = bytes.readUInt32LE(24);
  const bytesPerSecond = sampleRateHz * channels * 2;
  return {
    ...noAttributes,
    kind: 'audio',
    formats: ['wav'],
    audioCodec: 'pcm_s16le',
    sampleRateHz,
    channels,
    sampleBitDepth: bytes.readUInt16LE(34),
    audioBitRate: bytesPerSecond * 8,
    durationSeconds: (bytes.length - headerBytes) / bytesPerSecond,
  };
}

/** Takes the nearest sample and the first channel. */
export function convertWav(data: Uint8Array, target: MediaTarget): Buffer {
  const { channels, sampleRateHz, durationSeconds } = probeWav(data);
  const [fromChannels, fromRate] = [channels ?? 1, sampleRateHz ?? 1];
  const [toChannels, toRate] = [target.channels ?? fromChannels, target.sampleRateHz ?? fromRate];
  const seconds = Math.min(durationSeconds ?? 0, target.maxDurationSeconds ?? Infinity);
  const from = new Int16Array(Uint8Array.from(data.subarray(headerBytes)).buffer);
  const made = Int16Array.from({ length: Math.floor(seconds * toRate) * toChannels }, (_, index) => {
    const frame = Math.floor((Math.floor(index / toChannels) * fromRate) / toRate);
    return from[frame * fromChannels + Math.min(index % toChannels, fromChannels - 1)] ?? 0;
  });
  return wavOf(made, toRate, toChannels);
}
