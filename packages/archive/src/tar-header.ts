import { invalidArchive } from './entry-guard.js';

export const blockBytes = 512;

export interface TarHeader {
  readonly name: string;
  readonly sizeBytes: number;
  /** `0` a file, `5` a folder, `x` and `g` pax records, `L` a long name of GNU tar. */
  readonly type: string;
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

/** Octal digits, or with the first bit set a big-endian number, as GNU tar writes sizes over 8 GiB. */
function number(block: Buffer, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    if (!Number.isSafeInteger(value)) throw invalidArchive('a size is out of range');
    return value;
  }
  const digits = text(block, start, length).trim();
  if (!/^[0-7]*$/u.test(digits)) throw invalidArchive('it is no tar archive');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function checksum(block: Buffer): number {
  return block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

/**
 * POSIX ustar, https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html. Undefined for a block of zeros, which ends
 * an archive.
 *
 * @throws MeshError BAD_REQUEST when it is no header
 */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (number(block, 148, 8) !== checksum(block)) throw invalidArchive('it is no tar archive, or a damaged one');
  const name = text(block, 0, 100);
  const prefix =
    text(block, 257, 5) === 'ustar' && block.toString('latin1', 263, 265) === '00' ? text(block, 345, 155) : '';
  const type = text(block, 156, 1);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    sizeBytes: number(block, 124, 12),
    type: type === '' ? '0' : type,
  };
}

/** Without times and owners: the same files make the same archive. @param sizeBytes below 8 GiB @param name at most 100 bytes */
export function tarHeader({ name, sizeBytes, type }: TarHeader): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100, 'utf8');
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write('00000000000\0', 136, 'latin1');
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

export function paddingOf(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}
