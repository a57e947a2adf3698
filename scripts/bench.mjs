// `npm run bench -- <name> [options]`: sets up what is missing, then runs benchmarks/<name>/main.ts.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildNative } from '../packages/radar/build-native.mjs';
import { bootstrap } from './bootstrap/bootstrap.mjs';
import { build } from './bootstrap/build.mjs';
import { runMain } from './bootstrap/failure.mjs';
import { root } from './bootstrap/root.mjs';
import { step } from './bootstrap/step.mjs';
import { runForeground } from './run-foreground.mjs';

const names = readdirSync(join(root, 'benchmarks')).filter((name) =>
  existsSync(join(root, 'benchmarks', name, 'main.ts')),
);
const help = `npm run bench -- <name> [options]

Runs one benchmark and prints its figures; \`--json FILE\` writes them too.
Each tells its own options with --help.

  ${names.join('\n  ')}`;

await runMain(async () => {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || !names.includes(name)) {
    console.log(help);
    return name === '--help' || name === '-h' ? 0 : 2;
  }
  await bootstrap('test');
  await step('native code', buildNative);
  await step('build', build);
  return runForeground(process.execPath, [
    '--enable-source-maps',
    '--disable-warning=NodeVersionSupportWarning',
    '--import',
    './scripts/typescript-loader.mjs',
    `benchmarks/${name}/main.ts`,
    ...args,
  ]);
});
