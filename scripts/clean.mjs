// `npm run clean`: removes what was built. `-- --all`: the dependencies and the data in .infermesh as well.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { listRooms } from './bootstrap/rooms.mjs';
import { root } from './bootstrap/root.mjs';

const rooms = listRooms();
const built = [
  ...rooms.flatMap((room) => [`${room}/dist`, `${room}/build`]),
  'coverage',
  'node_modules/.infermesh',
  'node_modules/.cache',
];
const all = [
  ...['.', 'tests', 'scripts/arch-canary', ...rooms].map((folder) => join(folder, 'node_modules')),
  '.infermesh',
];

for (const path of process.argv.includes('--all') ? [...built, ...all] : built) {
  rmSync(join(root, path), { recursive: true, force: true });
}
