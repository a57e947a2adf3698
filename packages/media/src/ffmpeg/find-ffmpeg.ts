import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { MeshError } from '@infermesh/errors';

export interface FindFfmpegOptions {
  /** `FFMPEG_PATH`: taken as it is. */
  readonly ffmpegPath?: string | undefined;
  /** `PATH`; without one, where systems keep their programs. */
  readonly searchPath?: string | undefined;
}

const usualPath = ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);

/** Its install script downloads a binary; where that did not run, the package is there without one. */
const staticPackage = 'ffmpeg-static';

/**
 * The program's absolute path: the one that is named, else that of ffmpeg-static, else the first on the search path.
 *
 * @throws MeshError CONFIG_INVALID
 */
export async function findFfmpeg({ ffmpegPath, searchPath = usualPath }: FindFfmpegOptions): Promise<string> {
  if (ffmpegPath !== undefined && ffmpegPath !== '') {
    if (await isProgram(resolve(ffmpegPath))) return resolve(ffmpegPath);
    throw new MeshError('CONFIG_INVALID', `FFMPEG_PATH leads to no program that may be run: ${ffmpegPath}`);
  }
  const onPath = searchPath.split(delimiter).filter(isAbsolute);
  for (const path of [...staticFolder(), ...onPath].map((folder) => join(folder, 'ffmpeg'))) {
    if (await isProgram(path)) return path;
  }
  throw new MeshError('CONFIG_INVALID', 'there is no ffmpeg on PATH: install it, or set FFMPEG_PATH');
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function staticFolder(): string[] {
  try {
    return [dirname(createRequire(import.meta.url).resolve(`${staticPackage}/package.json`))];
  } catch {
    return [];
  }
}
