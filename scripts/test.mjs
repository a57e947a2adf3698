// `npm test`: sets up what is missing, then every check and every test, up to the first failure.
// `npm test -- --room packages/redis [jest options]` runs the tests of one room, without the checks.
import { bootstrap } from './bootstrap/bootstrap.mjs';
import { buildNative } from '../packages/radar/build-native.mjs';
import { build } from './bootstrap/build.mjs';
import { runMain } from './bootstrap/failure.mjs';
import { runQuietly } from './bootstrap/run-quietly.mjs';
import { step } from './bootstrap/step.mjs';
import { runChecks } from './checks.mjs';
import { runJest } from './run-jest.mjs';
import { closingLine, forgetSummary, readSummary } from './test-summary.mjs';

const help = `npm test [-- <options>]

Sets up what is missing (dependencies, redis-server, ffmpeg, a C++ compiler, postgres, build), then runs every check and every test.

  --room <room> [jest options]   only the tests of one room, such as packages/redis
  --help                         this text

With CI=1 the long suites run too.`;

await runMain(async () => {
  const [option, room, ...jestArgs] = process.argv.slice(2);
  if (option === '--help' || option === '-h') {
    console.log(help);
    return 0;
  }
  if (option !== undefined && (option !== '--room' || room === undefined)) {
    console.error(help);
    return 2;
  }
  forgetSummary();
  try {
    return await runTests(room, jestArgs);
  } finally {
    process.once('exit', () => console.log(closingLine(readSummary() ?? { passed: 0, failed: 1, skipped: 0 })));
  }
});

async function runTests(room, jestArgs) {
  await bootstrap('test');
  await step('codegen', checkCodegen);
  await step('native code', buildNative);
  await step('build', build);
  if (room !== undefined) return runJest([`${room}/`, ...jestArgs]);
  await runChecks();
  return runJest([]);
}

async function checkCodegen() {
  await runQuietly(process.execPath, ['scripts/sync-references.mjs', '--check']);
}
