import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createObjectStore, type ObjectStore } from '@infermesh/object-store';

export const childBucket = 'child-bucket';
const credentials = { accessKeyId: 'child', secretAccessKey: 'child-secret' };

/** A server in another process, and a store that speaks to it. */
export class ServerChild implements AsyncDisposable {
  readonly store: ObjectStore;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.store = createObjectStore({ endpoint: url, region: 'us-east-1', bucket: childBucket, ...credentials });
  }

  static async start(folder: string): Promise<ServerChild> {
    const entry = fileURLToPath(new URL('serve-child.mjs', import.meta.url));
    const child = fork(entry, [folder, credentials.accessKeyId, credentials.secretAccessKey], { execArgv: [] });
    const ended = once(child, 'exit').then(([code]: unknown[]) => {
      throw new Error(`the server's process ended with ${String(code)}; was the workspace built?`);
    });
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ url: string }];
    ended.catch(() => undefined);
    return new ServerChild(child, message.url);
  }

  /** The most memory it had since last asked. */
  async highestBytes(): Promise<number> {
    const answer = once(this.#child, 'message');
    this.#child.send('highest');
    const [message] = (await answer) as [{ highestBytes: number }];
    return message.highestBytes;
  }

  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }
}
