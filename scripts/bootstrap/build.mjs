import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { listRooms, sourceFolders } from './rooms.mjs';
import { root } from './root.mjs';
import { runQuietly } from './run-quietly.mjs';
import { fingerprint, hasStamp, removeStamp, writeStamp } from './stamp.mjs';

const stamp = 'build';

/** Compiles every room. The compiler is incremental, but even finding nothing to do costs it seconds: hence the stamp. */
export async function build() {
  const rooms = listRooms();
  const print = fingerprint(
    ['tsconfig.json', 'tsconfig.base.json', 'pnpm-lock.yaml', ...rooms.flatMap(sources)].map(dated),
  );
  const isBuilt = rooms.every((room) => existsSync(join(root, room, 'dist/tsconfig.tsbuildinfo')));
  if (isBuilt && hasStamp(stamp, print)) return 'already there';

  removeStamp(stamp);
  await runQuietly(process.execPath, ['node_modules/typescript/bin/tsc', '--build']);
  writeStamp(stamp, print);
  return `${rooms.length} rooms`;
}

function sources(room) {
  const files = sourceFolders(room).flatMap((folder) =>
    readdirSync(join(root, room, folder), { recursive: true, withFileTypes: true }),
  );
  const paths = files.filter((file) => file.isFile()).map((file) => relative(root, join(file.parentPath, file.name)));
  return [`${room}/tsconfig.json`, ...paths.sort()];
}

function dated(path) {
  const { size, mtimeMs } = statSync(join(root, path));
  return `${path} ${size} ${mtimeMs}`;
}
