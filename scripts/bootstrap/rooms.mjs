import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** Every room that has a manifest, as a path from the root: `packages/redis`. */
export function listRooms(floors = ['packages', 'services']) {
  return floors
    .flatMap((floor) => readdirSync(join(root, floor)).map((name) => `${floor}/${name}`))
    .filter((room) => existsSync(join(root, room, 'package.json')))
    .sort();
}

/**
 * The folders of a room that hold its TypeScript: `src`, unless its manifest names others in `infermesh.sources`, as a
 * room does whose `src` holds native code.
 */
export function sourceFolders(room) {
  const manifest = JSON.parse(readFileSync(join(root, room, 'package.json'), 'utf8'));
  return (manifest.infermesh?.sources ?? ['src']).filter((folder) => existsSync(join(root, room, folder)));
}
