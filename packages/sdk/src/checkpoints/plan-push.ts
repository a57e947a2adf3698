import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../errors.js';
import { systemCode } from '../system-code.js';
import type { FilePart } from './put-part.js';

export interface PlannedFile {
  /** As the checkpoint calls it; in a folder the way to it. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly partBytes: number;
  readonly partCount: number;
}

export interface PushPlan {
  readonly folder: string | undefined;
  readonly files: readonly PlannedFile[];
}

const mebibyte = 1024 * 1024;
const smallestPart = 32 * mebibyte;
const mostParts = 100;
const mostFiles = 200;

/** The same file is always cut the same way, so that a push can go on where another one ended. */
function partSizeOf(sizeBytes: number): number {
  return Math.max(smallestPart, Math.ceil(sizeBytes / mostParts / mebibyte) * mebibyte);
}

function plannedFile(name: string, path: string, sizeBytes: number): PlannedFile {
  const partBytes = partSizeOf(sizeBytes);
  return { name, path, sizeBytes, partBytes, partCount: Math.max(1, Math.ceil(sizeBytes / partBytes)) };
}

/** One of a file's parts; numbers begin with 1. */
export function partOf({ path, sizeBytes, partBytes }: PlannedFile, partNumber: number): FilePart {
  const start = (partNumber - 1) * partBytes;
  return { path, start, sizeBytes: Math.min(partBytes, sizeBytes - start) };
}

/**
 * What is to be sent of a path: a file as itself, or as a folder where it is an archive that shall be unpacked; or a folder with all
 * files below it.
 *
 * @throws UsageError when there is nothing, or too much
 */
export async function planPush(path: string, folder: string | undefined): Promise<PushPlan> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError(
      `cannot read ${path} (${systemCode(cause) ?? 'unknown cause'})`,
      'Give the path of a file or a folder.',
      { cause },
    );
  });
  if (!found.isDirectory()) {
    if (folder !== undefined && !/\.(?:tar|zip)$/u.test(path))
      throw new UsageError(`${path} is no archive`, 'With --folder give a folder, a .tar or a .zip.');
    return { folder, files: [plannedFile(basename(path), path, found.size)] };
  }
  const files = await filesBelow(path);
  if (files.length === 0) throw new UsageError(`${path} holds no file`, 'Give a folder with the files of a model.');
  if (files.length > mostFiles)
    throw new UsageError(
      `${path} holds ${files.length} files; at most ${mostFiles} are sent one by one`,
      `Pack them first: tar -C ${path} -cf model.tar . && infermesh checkpoints push model.tar --folder NAME`,
    );
  return { folder: folder ?? basename(resolve(path)), files };
}

/** @throws UsageError for what is neither a file nor a folder: left out in silence, the model would lack it */
async function filesBelow(folder: string): Promise<PlannedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const other = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (other !== undefined)
    throw new UsageError(
      `${join(other.parentPath, other.name)} is a link, or no file`,
      'Links are not followed. Copy the folder with its links resolved first: cp -rL FOLDER COPY',
    );
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const planned = files.map(async (path) =>
    plannedFile(relative(folder, path).split(sep).join('/'), path, (await stat(path)).size),
  );
  return (await Promise.all(planned)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
