import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Where one attempt keeps its files; removed when it is disposed of. Await `ready` before writing to it. */
export class ScratchFolder implements AsyncDisposable {
  readonly path: string;
  readonly payloadPath: string;
  /** For the files that the runtime writes. */
  readonly outputFolder: string;
  readonly ready: Promise<unknown>;

  constructor(parent: string) {
    this.path = join(parent, `job-${randomUUID()}`);
    this.payloadPath = join(this.path, 'payload');
    this.outputFolder = join(this.path, 'outputs');
    this.ready = mkdir(this.outputFolder, { recursive: true, mode: 0o700 });
    this.ready.catch(() => undefined); // whoever needs the folder hears of it
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ready.catch(() => undefined);
    await rm(this.path, { recursive: true, force: true });
  }
}
