import { workerData } from 'node:worker_threads';

const { parentPid } = workerData as { readonly parentPid: number };

setInterval(() => {
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
}, 500);
