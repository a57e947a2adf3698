import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The pepper of an embedded mesh, from the one file where it stands. */
export async function readPepper(folder: string): Promise<string> {
  const secrets = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')) as { pepper: string };
  return secrets.pepper;
}
