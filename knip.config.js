import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { listRooms, sourceFolders } from './scripts/bootstrap/rooms.mjs';
import { root } from './scripts/bootstrap/root.mjs';

// Files that run as a process or thread of their own are named in a string, which knip can't follow.
const startsChildren = /\bchildEntry\b/u;
const childFile = /(?<!from )'(\.[^']+)\.js'/gu;

/** The entries of one room beside its face: its process, and the children that it starts. */
function entriesOf(room) {
  const files = sourceFolders(room)
    .flatMap((folder) => readdirSync(join(root, room, folder), { recursive: true, withFileTypes: true }))
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => ({ folder: file.parentPath, text: readFileSync(join(file.parentPath, file.name), 'utf8') }));
  const children = files
    .filter(({ text }) => startsChildren.test(text))
    .flatMap(({ folder, text }) => [...text.matchAll(childFile)].map(([, path]) => join(folder, `${path}.ts`)));
  const entries = [join(root, room, 'src/main.ts'), ...children].filter((path) => existsSync(path));
  return entries.map((path) => relative(join(root, room), path));
}

const workspaces = Object.fromEntries(listRooms().map((room) => [room, { entry: entriesOf(room) }]));

export default {
  workspaces: {
    '.': {
      entry: ['scripts/*.mjs'],
      project: ['scripts/**/*.mjs', '*.{js,mjs,cjs}'],
    },
    ...workspaces,
    benchmarks: { entry: ['*/main.ts', '*/*-process.ts'], project: ['**/*.ts'] },
    tests: {
      // the fault matrix, and what the harness starts as processes or preloads into them
      entry: ['**/*.test.ts', 'faults/matrix/main.ts', 'harness/toy-gateway.ts', 'harness/**/*.mjs'],
      project: ['**/*.{ts,mjs}'],
    },
  },
  // Debian's, not npm's.
  ignoreBinaries: ['ffmpeg', 'redis-server'],
  ignoreWorkspaces: ['scripts/arch-canary'],
  // A type that another exported declaration of its file speaks of belongs to that declaration's face.
  ignoreExportsUsedInFile: { interface: true, type: true },
};
