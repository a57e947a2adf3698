import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const sizeMb = 192;

/** Mounts a file system of its own at `folder`, which a fault can fill. Undefined where mounting is not allowed. */
export async function mountSmallDisk(folder: string): Promise<AsyncDisposable | undefined> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', folder]);
  } catch {
    return undefined;
  }
  return {
    async [Symbol.asyncDispose]() {
      // lazily: a process that ends in this moment may still hold a file
      await run('umount', ['--lazy', folder]);
    },
  };
}
