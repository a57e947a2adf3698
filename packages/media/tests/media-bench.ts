import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDescendants } from '../../../tests/harness/processes.js';
import { openMediaTools, type MediaTools, type MediaToolsOptions } from '../src/index.js';

/** Media tools on a folder of their own. */
export interface MediaBench extends AsyncDisposable {
  readonly tools: MediaTools;
  /** Files and folders of conversions that are there now. */
  leftFiles(): Promise<string[]>;
  /** Running children of this process that are ffmpeg. */
  ffmpegs(): Promise<string[]>;
}

export async function openMediaBench(options: Partial<MediaToolsOptions> = {}): Promise<MediaBench> {
  const folder = await mkdtemp(join(tmpdir(), 'media-bench-'));
  const tools = await openMediaTools({
    scratchFolder: folder,
    searchPath: process.env['PATH'],
    imageProcesses: 2,
    ...options,
  });
  return {
    tools,
    leftFiles: () => readdir(folder, { recursive: true }),
    ffmpegs: async () => (await findDescendants(process.pid, 'ffmpeg')).map(({ command }) => command),
    [Symbol.asyncDispose]: async () => {
      await tools[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
