export { Config, type WorkerConfig } from './config.js';
export { loadRuntimeTable, type RuntimeEntry } from './runtimes/runtime-table.js';
export { startWorker, type Worker } from './service.js';
