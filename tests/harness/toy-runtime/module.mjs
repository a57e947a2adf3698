// A runtime that an operator could add: the worker imports this file, the model process runs the other one.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { followClockFile } from '../clock-step.mjs';

followClockFile(join(process.env.WORKER_FOLDER ?? '.', 'clock-step'));

// The fault tests block a worker's event loop by leaving a file named `block` in its folder.
const signal = join(process.env.WORKER_FOLDER ?? '.', 'block');
setInterval(() => {
  if (!existsSync(signal)) return;
  rmSync(signal, { force: true });
  const end = Date.now() + 12_000;
  while (Date.now() < end);
}, 50).unref();

export default {
  kind: 'toy',
  entry: fileURLToPath(new URL('./model-process.mjs', import.meta.url)),
  jobTypes: ['toy-echo', 'toy-sleep', 'toy-file'],
};
