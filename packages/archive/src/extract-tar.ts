import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArchiveLimits } from './archive-entry.js';
import { readTar } from './read-tar.js';

/**
 * Lays the files out in a folder that holds nothing yet.
 *
 * @returns the paths written
 * @throws MeshError BAD_REQUEST, PAYLOAD_TOO_LARGE; errors of the source and of the file system
 */
export async function extractTar(
  source: AsyncIterable<Buffer>,
  folder: string,
  limits: ArchiveLimits,
): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path, body } of readTar(source, limits)) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    // wx: nothing that is there already, a link least of all, is written through
    await pipeline(Readable.from(body), createWriteStream(target, { flags: 'wx', mode: 0o600 }));
    paths.push(path);
  }
  return paths;
}
