import { describe, expect, it } from '@jest/globals';
import { parseStreams } from './parse-streams.js';

/** As ffmpeg 5.1 to 7.1 describe an input; `streams` are the lines after `Duration`. */
const describedAs = (...streams: string[]): string =>
  [
    "Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/scratch/input':",
    '  Metadata:',
    '    title           : anything',
    '  Duration: 01:02:03.45, start: 0.000000, bitrate: 352 kb/s',
    ...streams,
    'Stream mapping:',
    '  Stream #0:0 -> #0:0 (copy)',
    "Output #0, null, to 'pipe:':",
    '  Stream #0:9: Audio: aac, 8000 Hz, mono, fltp',
    '',
  ].join('\n');

describe('parseStreams', () => {
  it('reads streams of sound and of pictures, and the duration', () => {
    const text = describedAs(
      '  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709, progressive), 320x240 [SAR 1:1 DAR 4:3], 269 kb/s, 29.97 fps, 25 tbr, 12800 tbn (default)',
      '    Metadata:',
      '      handler_name    : VideoHandler',
      '  Stream #0:1[0x2](eng): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, 5.1(side), fltp, 69 kb/s (default)',
    );
    expect(parseStreams(text)).toEqual({
      claimedDurationMs: 3_723_450,
      streams: [
        { kind: 'pictures', codec: 'h264', pixelFormat: 'yuv420p', width: 320, height: 240, framesPerSecond: 29.97 },
        { kind: 'sound', codec: 'aac', sampleRateHz: 44_100, channels: 6, bitDepth: null, bitRateBps: 69_000 },
      ],
    });
  });

  it.each([
    ['pcm_s16le ([1][0][0][0] / 0x0001), 44100 Hz, mono, s16, 705 kb/s', 1, 16],
    ['pcm_s24le ([1][0][0][0] / 0x0001), 44100 Hz, 2 channels, s32 (24 bit), 1058 kb/s', 2, 24],
    ['pcm_u8 ([1][0][0][0] / 0x0001), 8000 Hz, stereo, u8, 64 kb/s', 2, 8],
    ['flac, 44100 Hz, quad, s32 (24 bit)', 4, 24],
    ['flac, 44100 Hz, 7.1, s16', 8, 16],
    ['opus, 48000 Hz, mono, fltp', 1, null],
    ['pcm_mulaw ([7][0][0][0] / 0x0007), 8000 Hz, mono, s16, 64 kb/s', 1, null],
  ])('of %s: %d channels, %p bits', (line, channels, bitDepth) => {
    expect(parseStreams(describedAs(`  Stream #0:0: Audio: ${line}`)).streams).toMatchObject([{ channels, bitDepth }]);
  });

  it('turns pictures that are shown upright', () => {
    const text = describedAs(
      '  Stream #0:0: Video: h264, yuv420p, 1920x1080, 30 fps, 30 tbr, 15360 tbn (default)',
      '    Side data:',
      '      displaymatrix: rotation of -90.00 degrees',
    );
    expect(parseStreams(text).streams).toMatchObject([{ width: 1080, height: 1920 }]);
  });

  it('passes over covers, subtitles, data, and what it cannot read', () => {
    const text = describedAs(
      '  Stream #0:0: Video: mjpeg (Baseline), yuvj420p(pc), 500x500, 90k tbr, 90k tbn (attached pic)',
      '  Stream #0:1: Subtitle: mov_text (tx3g / 0x67337874), 0 kb/s',
      '  Stream #0:2: Data: none (tmcd / 0x64636D74)',
      '  Stream #0:3: Audio: none, 0 channels',
      '  Stream #0:4: Video: none, none, 25 fps',
    );
    expect(parseStreams(text).streams).toEqual([]);
  });

  it('believes no tag, and not what follows the input', () => {
    const text = describedAs(
      '  Stream #0:0: Audio: mp3, 44100 Hz, stereo, fltp, 128 kb/s',
      '    Metadata:',
      '      title           :   Stream #0:1: Video: h264, yuv420p, 9999x9999, 25 fps',
      '                      :   Stream #0:2: Audio: aac, 8000 Hz, mono, fltp',
    );
    expect(parseStreams(text).streams).toMatchObject([{ codec: 'mp3' }]);
  });

  it('finds nothing in nothing', () => {
    expect(parseStreams('')).toEqual({ claimedDurationMs: null, streams: [] });
    expect(parseStreams(describedAs().replace('01:02:03.45', 'N/A')).claimedDurationMs).toBeNull();
  });
});
