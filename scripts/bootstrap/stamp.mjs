import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';

/** Where the stamps lie: inside node_modules, so that removing it forgets them too. */
const stampFolder = join(root, 'node_modules/.infermesh');

/** What a step's result was made from. A step whose fingerprint equals its stamp has nothing to do. */
export function fingerprint(parts) {
  const hash = createHash('sha256');
  for (const part of [process.version, process.platform, process.arch, ...parts]) hash.update(part).update('\0');
  return hash.digest('hex');
}

export function hasStamp(name, print) {
  const file = join(stampFolder, name);
  return existsSync(file) && readFileSync(file, 'utf8') === print;
}

export function writeStamp(name, print) {
  const file = join(stampFolder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, print);
}

/** A step that fails half-way must not look done. */
export function removeStamp(name) {
  rmSync(join(stampFolder, name), { force: true });
}
