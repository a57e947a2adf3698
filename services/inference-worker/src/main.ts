import { readConfig } from '@infermesh/config';
import { runUntilSignal } from '@infermesh/lifecycle';
import { Config } from './config.js';
import { startWorker } from './service.js';

const config = readConfig(Config, process.env);
await runUntilSignal(() =>
  startWorker(config, () => {
    process.send?.({ type: 'ready' });
  }),
);
