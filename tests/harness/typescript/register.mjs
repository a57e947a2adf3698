// `node --import tests/harness/typescript/register.mjs some.ts`: runs the tests' TypeScript without a build.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
