import { mkdir } from 'node:fs/promises';
import { MeshError } from '@infermesh/errors';
import { lockFolder } from '@infermesh/lifecycle';

/**
 * Makes the folder of this installation where it is missing, and keeps other meshes off it.
 *
 * @throws MeshError CONFLICT when another mesh uses it; CONFIG_INVALID when it cannot be a folder of ours
 */
export async function openFolder(folder: string): Promise<AsyncDisposable> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await lockFolder(folder);
  } catch (cause) {
    throw toFolderError(cause, folder);
  }
}

function toFolderError(cause: unknown, folder: string): unknown {
  if (cause instanceof MeshError) {
    return new MeshError(cause.code, `${cause.message}: stop that mesh, or set INFERMESH_FOLDER to another folder`, {
      cause,
    });
  }
  const reason = reasonOf(cause);
  if (reason === undefined) return cause;
  return new MeshError(
    'CONFIG_INVALID',
    `${folder} ${reason}: set INFERMESH_FOLDER to a folder that this user may write to`,
    { cause },
  );
}

function reasonOf(cause: unknown): string | undefined {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'is, or lies below, a file and no folder';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'cannot be written to';
    case 'ENOSPC':
      return 'is on a full disk';
    default:
      return undefined;
  }
}
