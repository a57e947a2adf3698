import { checkNode } from './check-node.mjs';
import { installDependencies } from './install-dependencies.mjs';
import { providePrograms } from './provide-programs.mjs';
import { step } from './step.mjs';

/**
 * Sets up all that a fresh clone lacks, short of the build; what is there already is passed over quickly.
 * @param script `start` or `test`: the tests need more programs
 */
export async function bootstrap(script) {
  console.log(`✓ ${checkNode()}`);
  await providePrograms(script);
  await step('dependencies', installDependencies);
}
