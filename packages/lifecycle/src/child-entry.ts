import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The compiled file behind a child process entry, as an absolute path. A test runs its own process from `src`, its
 * children from `dist`.
 *
 * @param moduleUrl `import.meta.url` of the caller
 * @param entry path relative to the caller, with its `.js` ending
 * @throws Error when the entry was not built
 */
export function childEntry(moduleUrl: string, entry: string): string {
  const path = fileURLToPath(new URL(entry, moduleUrl)).replace(/([\\/])src([\\/])(?!.*[\\/]src[\\/])/u, '$1dist$2');
  if (!existsSync(path)) throw new Error(`${path} does not exist: run \`pnpm build\` first`);
  return path;
}
