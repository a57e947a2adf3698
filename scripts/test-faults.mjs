// `npm run test:faults`: sets up what is missing, then runs the fault matrix of tests/faults.
import { bootstrap } from './bootstrap/bootstrap.mjs';
import { build } from './bootstrap/build.mjs';
import { runMain } from './bootstrap/failure.mjs';
import { step } from './bootstrap/step.mjs';
import { runForeground } from './run-foreground.mjs';

await runMain(async () => {
  const args = process.argv.slice(2);
  const isQuestion = args.some((arg) => ['--help', '--list'].includes(arg));
  if (!isQuestion) {
    await bootstrap('test');
    await step('build', build);
  }
  const flags = ['--disable-warning=NodeVersionSupportWarning', '--disable-warning=ExperimentalWarning'];
  const loader = ['--import', './scripts/typescript-loader.mjs'];
  return runForeground(process.execPath, [...flags, ...loader, 'tests/faults/matrix/main.ts', ...args]);
});
