import { endianness } from 'node:os';
import { MeshError } from '@infermesh/errors';
import type { RadarBasicConfig } from '../ts/types.js';
import { cubeLength } from './scene-simulator.js';

const isLittleEndian = endianness() === 'LE';

/** The bytes of a radar file: complex64, little-endian, no header, [chirp][antenna][sample]. */
export function encodeFrame(cube: Float32Array): Buffer {
  const bytes = Buffer.from(Float32Array.from(cube).buffer);
  return isLittleEndian ? bytes : bytes.swap32();
}

/**
 * Reads the bytes of a radar file.
 *
 * @throws MeshError PAYLOAD_INVALID when their number is not that of the configuration's cube
 */
export function decodeFrame(bytes: Uint8Array, basic: RadarBasicConfig): Float32Array {
  const expected = 4 * cubeLength(basic);
  if (bytes.byteLength !== expected) {
    const { chirps, receivers, transmitters, samples } = basic;
    throw new MeshError(
      'PAYLOAD_INVALID',
      `the frame has ${bytes.byteLength} bytes; ${chirps} chirps of ${receivers * transmitters} antennas and ${samples} samples take ${expected}`,
    );
  }
  const copy = Buffer.from(Uint8Array.from(bytes).buffer);
  if (!isLittleEndian) copy.swap32();
  return new Float32Array(copy.buffer);
}
