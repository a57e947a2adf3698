import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { openWoff } from './open-woff.js';

const require = createRequire(import.meta.url);

/** The typeface of our drawings (Inter, OFL), regular and bold: a machine without fonts draws them all the same. */
export async function readInterFonts(): Promise<Buffer[]> {
  const paths = [
    require.resolve('@fontsource/inter/files/inter-latin-400-normal.woff'),
    require.resolve('@fontsource/inter/files/inter-latin-700-normal.woff'),
  ];
  return Promise.all(paths.map(async (path) => openWoff(await readFile(path))));
}
