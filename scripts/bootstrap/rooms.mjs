import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** Every room that has a manifest, as a path from the root: `packages/redis`. */
export function listRooms(floors = ['packages', 'services']) {
  return floors
    .flatMap((floor) => readdirSync(join(root, floor)).map((name) => `${floor}/${name}`))
    .filter((room) => existsSync(join(root, room, 'package.json')))
    .sort();
}
