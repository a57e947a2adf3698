export { Config, type WorkerConfig } from './config.js';
export { startWorker } from './service.js';
