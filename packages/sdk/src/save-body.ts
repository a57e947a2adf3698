import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a stream into a file that is either whole or not there: a hidden file beside it takes the bytes and is renamed at
 * the end. An earlier file of that name is replaced.
 *
 * @returns the number of bytes written
 * @throws the stream's error, or that of the file system; the hidden file is gone by then
 */
export async function saveBody(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  onBytes?: (receivedBytes: number) => void,
): Promise<number> {
  const partPath = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    const sizeBytes = await writeChunks(await open(partPath, 'wx'), chunks, onBytes);
    await rename(partPath, path);
    return sizeBytes;
  } catch (error) {
    await rm(partPath, { force: true });
    throw error;
  }
}

async function writeChunks(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  onBytes?: (receivedBytes: number) => void,
): Promise<number> {
  let receivedBytes = 0;
  try {
    for await (const chunk of chunks) {
      await file.writeFile(chunk);
      receivedBytes += chunk.byteLength;
      onBytes?.(receivedBytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return receivedBytes;
}
