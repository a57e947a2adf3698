import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { MeshError } from '@infermesh/errors';

/** Whether `path` lies below `folder`; both absolute, links already resolved. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !isAbsolute(way) && way.split(/[\\/]/u)[0] !== '..';
}

/**
 * The real path of a file or folder that must lie below `folder`, links resolved. The last part need not exist yet.
 * Both sides use it: the runtime for paths in an item, the worker for paths in a result.
 *
 * @throws MeshError INTERNAL when the path leads elsewhere
 */
export async function confinedPath(folder: string, path: string): Promise<string> {
  const root = await realpath(folder);
  const target = resolve(root, path);
  const real = await realpath(target).catch(() => realpathOfNew(target));
  if (real === undefined || !isInside(root, real))
    throw new MeshError('INTERNAL', 'a path of a job leads outside the scratch folder');
  return real;
}

/** Undefined when the folder is missing, or when the last part is a link to nowhere: writing would follow it. */
async function realpathOfNew(target: string): Promise<string | undefined> {
  try {
    const path = join(await realpath(dirname(target)), basename(target));
    const isLink = await lstat(path).then(
      () => true,
      () => false,
    );
    return isLink ? undefined : path;
  } catch {
    return undefined;
  }
}
