import { readConfig } from '@infermesh/config';
import { runUntilSignal } from '@infermesh/lifecycle';
import { Config } from './config.js';
import { startWorker } from './service.js';

const aliveEveryMs = 2_000;

const say = (message: { type: 'ready' | 'alive' }): void => {
  if (process.connected) process.send?.(message);
};

const config = readConfig(Config, process.env);
await runUntilSignal(() =>
  startWorker(config, () => {
    say({ type: 'ready' });
    setInterval(say, aliveEveryMs, { type: 'alive' }).unref();
  }),
);
