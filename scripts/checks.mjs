import { Failure } from './bootstrap/failure.mjs';
import { step } from './bootstrap/step.mjs';
import { runQuietly } from './bootstrap/run-quietly.mjs';

const bin = (path) => `node_modules/${path}`;

// Longest first. Prettier's and tsc's memories are sound from run to run; a cache of typed lint would not be.
const checks = [
  { name: 'lint', args: [bin('eslint/bin/eslint.js'), '.'] },
  {
    name: 'types',
    args: [
      bin('typescript/bin/tsc'),
      '--project',
      'tsconfig.check.json',
      '--incremental',
      '--tsBuildInfoFile',
      bin('.cache/types.tsbuildinfo'),
    ],
  },
  { name: 'format', args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '--cache', '.'] },
  { name: 'arch', args: ['scripts/arch.mjs'] },
  { name: 'knip', args: [bin('knip/bin/knip.js'), '--no-progress', '--no-config-hints'] },
];

/** Runs the checks that read the source and run none of it, two at a time. After a failure no further one starts. */
export async function runChecks() {
  const waiting = [...checks];
  const failures = [];
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined && failures.length === 0; check = waiting.shift()) {
      const { name, args } = check;
      await step(name, () => runQuietly(process.execPath, args).then(() => undefined)).catch((error) =>
        failures.push(error),
      );
    }
  };
  await Promise.all([work(), work()]);
  if (failures.length > 0) throw new Failure(failures.map(({ message }) => message).join('\n\n'));
}
