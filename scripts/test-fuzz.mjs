// `npm run test:fuzz -- --seed N --requests N`: the fuzz suite, longer than in `npm test`, with a table of what was answered.
import { parseArgs } from 'node:util';
import { bootstrap } from './bootstrap/bootstrap.mjs';
import { build } from './bootstrap/build.mjs';
import { runMain } from './bootstrap/failure.mjs';
import { step } from './bootstrap/step.mjs';
import { runJest } from './run-jest.mjs';

await runMain(async () => {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, requests: { type: 'string', default: '20000' } },
  });
  process.env.FUZZ_SEED = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
  process.env.FUZZ_REQUESTS = values.requests;
  await bootstrap('test');
  await step('build', build);
  console.log(`seed ${process.env.FUZZ_SEED}, ${values.requests} requests to each dialect`);
  return runJest(['tests/security/fuzz']);
});
