import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { RadarConfig } from '@infermesh/radar';
import { UsageError } from '../../errors.js';
import { systemCode } from '../../system-code.js';
import { asUsageError } from './as-usage-error.js';

const configHint =
  'Give --config the radar configuration JSON; `infermesh radar simulate` writes one beside its frames.';

export async function readRadarConfigFile(path: string): Promise<RadarConfig> {
  const { parseRadarConfig } = await import('@infermesh/radar');
  const text = await readInput(path, configHint);
  return asUsageError(() => parseRadarConfig(text.toString('utf8')), `Correct ${path}.`);
}

/**
 * The frames of a folder, or of its folder `radar`, by name.
 *
 * @throws UsageError when there are none
 */
export async function listFrames(folder: string): Promise<string[]> {
  const inner = join(folder, 'radar');
  const place = (await isFolder(inner)) ? inner : folder;
  const names = await readdir(place).catch((cause: unknown) => {
    throw unreadable(place, 'Give a folder with radar frames.', cause);
  });
  const frames = names.filter((name) => extname(name) === '.bin').sort();
  if (frames.length === 0)
    throw new UsageError(`there are no frames (*.bin) in ${place}`, 'Give a folder with radar frames.');
  return frames.map((name) => join(place, name));
}

/** The frame and up to `count` that come before it in its folder, the earliest first. */
export async function framesUpTo(path: string, count: number): Promise<string[]> {
  if (
    !(await stat(path).then(
      (found) => found.isFile(),
      () => false,
    ))
  )
    throw new UsageError(`there is no file ${path}`, 'Give the path of a radar frame, such as radar/000007.bin.');
  const names = (await readdir(dirname(path))).filter((name) => extname(name) === extname(path)).sort();
  const last = names.indexOf(basename(path));
  return names.slice(Math.max(0, last - count), last + 1).map((name) => join(dirname(path), name));
}

/** @throws UsageError with the hint */
export async function readInput(path: string, hint: string): Promise<Buffer> {
  return await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, hint, cause);
  });
}

/** `000007` of `radar/000007.bin`. */
export function frameName(path: string): string {
  return basename(path, extname(path));
}

function unreadable(path: string, hint: string, cause: unknown): UsageError {
  return new UsageError(`cannot read ${path} (${systemCode(cause) ?? 'unknown cause'})`, hint, { cause });
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
