// Starts one worker that ignores SIGTERM, prints its process id once it is ready, and waits to be killed.
import { pathToFileURL } from 'node:url';

const [driverPath, workerEntry, workerFolder] = process.argv.slice(2);
const { createProcessDriver } = await import(pathToFileURL(driverPath).href);
const driver = createProcessDriver({
  workerEntry,
  workerFolder,
  logLevel: 'silent',
  stopGraceMs: 1_000,
  path: '/usr/bin:/bin',
});
const spec = {
  workerId: 'e1.0.orphan',
  endpointId: 'e1',
  jobTypes: ['deaf'],
  slots: 1,
  redisUrl: 'redis://127.0.0.1:1',
};
const worker = driver.start(spec, () => undefined);
await worker.ready;
console.log(worker.pid);
