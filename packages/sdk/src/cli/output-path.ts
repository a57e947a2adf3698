import { stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { UsageError } from '../errors.js';

const pictureFormats: ReadonlySet<string> = new Set('png svg jpg jpeg webp gif bmp tif tiff avif'.split(' '));

/**
 * Finds out before the work whether its result can be saved.
 *
 * @param formats endings that the result may have, without the dot
 * @throws UsageError when the folder is missing, the path is a folder, or its ending names another format
 */
export async function checkOutputPath(path: string, formats: readonly string[] = ['png']): Promise<void> {
  const extension = extname(path).slice(1);
  const isOther = pictureFormats.has(extension.toLowerCase()) && !formats.includes(extension.toLowerCase());
  const names = formats.map((format) => format.toUpperCase()).join(' or ');
  if (isOther)
    throw new UsageError(
      `the result is a ${names}, not .${extension}`,
      `End the name of the output with .${formats.join(' or .')}.`,
    );
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
