// `npm start`: sets up what is missing, then runs the whole mesh in one process.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './bootstrap/bootstrap.mjs';
import { buildNative } from '../packages/radar/build-native.mjs';
import { build } from './bootstrap/build.mjs';
import { runMain } from './bootstrap/failure.mjs';
import { root } from './bootstrap/root.mjs';
import { step } from './bootstrap/step.mjs';
import { runForeground } from './run-foreground.mjs';

await runMain(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(readFileSync(join(root, 'services/all-in-one/help.txt'), 'utf8'));
    return 0;
  }
  await bootstrap('start');
  await step('native code', buildNative);
  await step('build', build);
  // The AWS SDK's notice on the end of Node 20 in 2027 is for us, not for whoever starts the mesh.
  const flags = ['--enable-source-maps', '--disable-warning=NodeVersionSupportWarning'];
  return runForeground(process.execPath, [...flags, 'services/all-in-one/dist/main.js', ...args]);
});
