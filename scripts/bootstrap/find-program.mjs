import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Finds a program on PATH, then in the folders known for it.
 * @param folders one part of each may end in a star, which stands for a version; the newest comes first
 * @returns the folder it lies in, or undefined
 */
export function findProgram(name, folders = [], path = process.env.PATH ?? '') {
  const candidates = [...path.split(delimiter), ...folders.flatMap(expandStar)].filter((folder) => folder !== '');
  return candidates.find((folder) => isProgram(join(folder, name)));
}

function expandStar(folder) {
  const parts = folder.split('/');
  const at = parts.findIndex((part) => part.includes('*'));
  if (at === -1) return [folder];
  const parent = parts.slice(0, at).join('/');
  const prefix = parts[at].replace('*', '');
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((entry) => entry.startsWith(prefix))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((entry) => join(parent, entry, ...parts.slice(at + 1)));
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
