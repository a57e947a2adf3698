import { stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { UsageError } from '../errors.js';

const otherFormats: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.webp', '.gif', '.bmp', '.tif', '.tiff', '.avif']);

/**
 * Finds out before the work whether its result can be saved.
 *
 * @throws UsageError when the folder is missing, the path is a folder, or its ending names another format than PNG
 */
export async function checkOutputPath(path: string): Promise<void> {
  const extension = extname(path);
  if (otherFormats.has(extension.toLowerCase()))
    throw new UsageError(`the result is a PNG, not ${extension}`, 'End the name of the output with .png.');
  if (!(await isFolder(dirname(path))))
    throw new UsageError(`there is no folder ${dirname(path)}`, 'Make it first, or give -o another path.');
  if (await isFolder(path)) throw new UsageError(`${path} is a folder`, 'Give -o the name of a file.');
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
