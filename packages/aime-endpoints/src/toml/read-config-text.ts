import { open, stat } from 'node:fs/promises';
import { MeshError } from '@infermesh/errors';

/** The most bytes that a configuration file may have: ten times what a large endpoint needs. */
export const maxConfigBytes = 131_072;

/**
 * Reads a configuration file, and of a larger one not more than the limit and a byte.
 *
 * @throws MeshError CONFIG_INVALID when it cannot be read, has more than {@link maxConfigBytes}, or is no UTF-8; the message does not repeat the path
 */
export async function readConfigText(path: string): Promise<string> {
  const bytes = await readAtMost(path, maxConfigBytes + 1);
  if (bytes.length > maxConfigBytes) {
    throw new MeshError('CONFIG_INVALID', `the file has more than ${maxConfigBytes} bytes, the most that is read`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new MeshError('CONFIG_INVALID', 'the file is not UTF-8 text', { cause: error });
  }
}

async function readAtMost(path: string, limitBytes: number): Promise<Uint8Array> {
  try {
    // Asked before it is opened: to open a pipe would wait for somebody who writes.
    if (!(await stat(path)).isFile()) throw new MeshError('CONFIG_INVALID', 'this is not a file');
    await using file = await open(path, 'r');
    const buffer = Buffer.alloc(limitBytes);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, limitBytes - length);
      length += bytesRead;
      if (bytesRead === 0 || length === limitBytes) return buffer.subarray(0, length);
    }
  } catch (error) {
    if (error instanceof MeshError) throw error;
    const reason =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown reason';
    throw new MeshError('CONFIG_INVALID', `the file cannot be read (${reason})`, { cause: error });
  }
}
