import type { Walk } from './protobuf-walk.js';

/** The format allows 100 MB; a header of a million tensors is far below this. */
const longestHeaderBytes = 16 * 1024 * 1024;

/**
 * Reads the header: 8 bytes of length, then JSON with the place of each tensor,
 * https://github.com/huggingface/safetensors#format.
 *
 * @throws RangeError when it is none, or when a tensor lies outside of the file
 */
export function* walkSafetensors(sizeBytes: number): Walk<void> {
  if (sizeBytes < 10) throw new RangeError('it is too short');
  const headerBytes = Number((yield { take: 8 }).readBigUInt64LE());
  if (headerBytes > longestHeaderBytes || headerBytes + 8 > sizeBytes) throw new RangeError('its header is too long');
  const header: unknown = parse((yield { take: headerBytes }).toString('utf8'));
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new RangeError('its header is no object');
  for (const [name, tensor] of Object.entries(header))
    if (name !== '__metadata__') checkTensor(tensor, sizeBytes - 8 - headerBytes);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError('its header is no JSON');
  }
}

function checkTensor(tensor: unknown, dataBytes: number): void {
  const offsets: unknown =
    typeof tensor === 'object' && tensor !== null && 'data_offsets' in tensor ? tensor.data_offsets : undefined;
  const [start, end] = Array.isArray(offsets) ? (offsets as unknown[]) : [];
  const fits = typeof start === 'number' && typeof end === 'number' && start >= 0 && start <= end && end <= dataBytes;
  if (!fits) throw new RangeError('a tensor lies outside of the file');
}
