// `npm start`: sets up what is missing, then runs the whole mesh in one process.
import { bootstrap } from './bootstrap/bootstrap.mjs';
import { buildNative } from '../packages/radar/build-native.mjs';
import { build } from './bootstrap/build.mjs';
import { runMain } from './bootstrap/failure.mjs';
import { step } from './bootstrap/step.mjs';
import { runForeground } from './run-foreground.mjs';

const help = `npm start [-- <options>]

Sets up what is missing (dependencies, redis-server, ffmpeg, a C++ compiler, build), starts every service in one process,
runs one real job through the public API, and prints the file it made, the address and the admin key.
It then serves until Ctrl-C.

  --once     end after the job: exit code 0 when it succeeded
  --no-job   do not run a first job
  --help     this text

Data is kept in .infermesh/; \`npm run clean -- --all\` removes it.`;

await runMain(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(help);
    return 0;
  }
  await bootstrap('start');
  await step('native code', buildNative);
  await step('build', build);
  // The AWS SDK's notice on the end of Node 20 in 2027 is for us, not for whoever starts the mesh.
  const flags = ['--enable-source-maps', '--disable-warning=NodeVersionSupportWarning'];
  return runForeground(process.execPath, [...flags, 'services/all-in-one/dist/main.js', ...args]);
});
