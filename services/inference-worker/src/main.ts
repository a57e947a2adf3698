import { readConfig } from '@infermesh/config';
import { runUntilSignal } from '@infermesh/lifecycle';
import { Config } from './config.js';
import { startWorker } from './service.js';

const aliveEveryMs = 2_000;
/** More tell the endpoint manager nothing. */
const mostWarm = 500;

const say = (message: { type: 'ready' } | { type: 'alive'; warmCheckpoints: readonly string[] }): void => {
  if (process.connected) process.send?.(message);
};

const config = readConfig(Config, process.env);
await runUntilSignal(async () => {
  const worker = await startWorker(config);
  say({ type: 'ready' });
  setInterval(() => {
    say({ type: 'alive', warmCheckpoints: worker.warmCheckpoints().slice(0, mostWarm) });
  }, aliveEveryMs).unref();
  return worker;
});
