// Writes each room's tsconfig.json and the root's references from the workspace dependencies in package.json.
// `--check` changes nothing and exits 1 when a file is stale.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceFolders } from './bootstrap/rooms.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const checkOnly = process.argv.includes('--check');
const rooms = ['packages', 'services']
  .flatMap((floor) => readdirSync(join(root, floor)).map((name) => join(root, floor, name)))
  .filter((folder) => existsSync(join(folder, 'package.json')));
const manifests = new Map(
  rooms.map((folder) => [folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))]),
);
const folderByName = new Map([...manifests].map(([folder, manifest]) => [manifest.name, folder]));
const stale = [];

function write(file, value) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  stale.push(relative(root, file));
  if (!checkOnly) writeFileSync(file, text);
}

for (const [folder, manifest] of manifests) {
  const references = Object.keys(manifest.dependencies ?? {})
    .map((name) => folderByName.get(name))
    .filter((target) => target !== undefined)
    .sort()
    .map((target) => ({ path: relative(folder, target) }));
  const sources = sourceFolders(relative(root, folder));
  write(join(folder, 'tsconfig.json'), {
    extends: '../../tsconfig.base.json',
    compilerOptions: {
      rootDir: sources[0] === 'src' ? 'src' : '.',
      outDir: 'dist',
      tsBuildInfoFile: 'dist/tsconfig.tsbuildinfo',
    },
    include: sources,
    exclude: sources.map((source) => `${source}/**/*.test.ts`),
    references,
  });
}
write(join(root, 'tsconfig.json'), {
  files: [],
  references: rooms.sort().map((folder) => ({ path: relative(root, folder) })),
});

if (stale.length > 0) {
  console.log(`${checkOnly ? 'stale' : 'written'}: ${stale.join(', ')}`);
  if (checkOnly) {
    console.log('run `pnpm codegen` and commit the result');
    process.exitCode = 1;
  }
}
