export { Config, type WorkerConfig } from './config.js';
export { loadRuntimeTable, type RuntimeEntry } from './runtimes/runtime-table.js';
export { startWorker } from './service.js';
