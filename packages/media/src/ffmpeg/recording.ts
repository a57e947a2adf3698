import { stat, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TempFiles } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { MediaInput } from '../media-input.js';
import { findStowaway } from '../images/find-stowaway.js';
import { sniffMedia, type Container } from '../sniff-media.js';
import { containerRules, inputArguments } from './container-rules.js';

/** A recording that was sniffed, and how ffmpeg gets at it. */
export interface Recording {
  readonly container: Container;
  readonly description: string;
  readonly sizeBytes: number;
  /** The arguments that name it, `-i` included. */
  readonly inputArgs: (maxPixels: number) => string[];
  /** What goes to `pipe:0`; null when it is read from its file. */
  readonly piped: Uint8Array | null;
}

const endBytes = 66_000;

/**
 * Tells a recording from its bytes, and puts it where ffmpeg reads it.
 *
 * @param scratchFolder where its one file goes, if it needs one
 * @throws MeshError MEDIA_INVALID for anything else, and for two files in one
 */
export async function openRecording(
  input: MediaInput,
  scratchFolder: string,
  mode: NonNullable<TempFiles['input']>,
): Promise<Recording> {
  const ends = await readEnds(input);
  const sniffed = sniffMedia(ends.subarray(0, 512));
  if (sniffed.kind !== 'container') {
    throw new MeshError(
      'MEDIA_INVALID',
      `found ${sniffed.description}; send a recording: WAV, MP3, Ogg, WebM, MP4, FLAC or AAC`,
    );
  }
  const { format: container, description } = sniffed;
  const stowaway = findStowaway(ends);
  if (stowaway !== undefined)
    throw new MeshError('MEDIA_INVALID', `${description} that holds ${stowaway} as well; send the recording alone`);
  const isFile = typeof input === 'string';
  const usesFile = isFile || mode === 'yes' || (mode === 'auto' && containerRules[container].needsFile);
  const path = isFile ? input : join(scratchFolder, 'input');
  if (usesFile && !isFile) await writeFile(path, input, { mode: 0o600 });
  return {
    container,
    description,
    sizeBytes: isFile ? (await stat(input)).size : input.byteLength,
    inputArgs: (maxPixels) => [
      ...inputArguments(container, usesFile ? 'file' : 'pipe', maxPixels),
      '-i',
      usesFile ? `file:${path}` : 'pipe:0',
    ],
    piped: isFile || usesFile ? null : input,
  };
}

/** Enough of both ends to tell what it is, and what else it may be. */
async function readEnds(input: MediaInput): Promise<Buffer> {
  if (typeof input !== 'string') return Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const file = await open(input);
  try {
    const { size } = await file.stat();
    const head = await file.read({ buffer: Buffer.alloc(Math.min(size, 2048)), position: 0 });
    const tail = await file.read({
      buffer: Buffer.alloc(Math.min(size, endBytes)),
      position: Math.max(0, size - endBytes),
    });
    return Buffer.concat([head.buffer, tail.buffer]);
  } finally {
    await file.close();
  }
}
