import type { Container } from '../sniff-media.js';

interface ContainerRules {
  /** The one demuxer that reads it. */
  readonly demuxer: string;
  /** Whether it must be read out of order, as an MP4 whose index stands at its end. */
  readonly needsFile: boolean;
}

/** The containers that are read. Demuxers that open further files or addresses (hls, concat, dash, sdp, image2) are not among them. */
export const containerRules: Readonly<Record<Container, ContainerRules>> = {
  wav: { demuxer: 'wav', needsFile: false },
  mp3: { demuxer: 'mp3', needsFile: true }, // its duration stands in no header: ffmpeg takes it from the file's length
  aac: { demuxer: 'aac', needsFile: true },
  ogg: { demuxer: 'ogg', needsFile: true },
  flac: { demuxer: 'flac', needsFile: false },
  webm: { demuxer: 'matroska', needsFile: true },
  matroska: { demuxer: 'matroska', needsFile: true },
  mp4: { demuxer: 'mov', needsFile: true },
  avi: { demuxer: 'avi', needsFile: true },
};

/** The decoders that may run, whatever a container asks for. */
const decoders = [
  ...[
    'u8',
    's16le',
    's16be',
    's24le',
    's24be',
    's32le',
    's32be',
    'f32le',
    'f32be',
    'f64le',
    'f64be',
    'mulaw',
    'alaw',
  ].map((name) => `pcm_${name}`),
  ...['adpcm_ms', 'adpcm_ima_wav', 'adpcm_ima_qt', 'mp3float', 'mp3', 'mp2float', 'mp2', 'aac', 'vorbis', 'libvorbis'],
  ...['opus', 'libopus', 'flac', 'alac', 'ac3', 'eac3', 'h264', 'hevc', 'vp8', 'vp9', 'libvpx', 'libvpx-vp9', 'av1'],
  ...['libdav1d', 'libaom-av1', 'mpeg4', 'mpeg2video', 'theora', 'mjpeg', 'png', 'h263'],
].join(',');

/**
 * What stands before `-i`: one demuxer, decoders of the list, and no protocol but the given one. An MP4 may name other files;
 * that is off.
 */
export function inputArguments(container: Container, protocol: 'file' | 'pipe', maxPixels: number): string[] {
  const { demuxer } = containerRules[container];
  return [
    ...['-protocol_whitelist', protocol, '-format_whitelist', demuxer, '-codec_whitelist', decoders],
    ...['-max_pixels', String(maxPixels), '-max_alloc', String(512 * 1024 * 1024)],
    ...(demuxer === 'mov' ? ['-enable_drefs', '0', '-use_absolute_path', '0'] : []),
    ...['-f', demuxer],
  ];
}
