import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes the folders `00` to `ff`, among which files are spread: else the first file of each waits for its folder. */
export async function makeFans(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = Array.from({ length: 256 }, (_, number) => number.toString(16).padStart(2, '0'));
  await Promise.all(names.map((name) => mkdir(join(folder, name), { recursive: true, mode: 0o700 })));
}
