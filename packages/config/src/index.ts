export { readConfig } from './read-config.js';
export { count, durationMs, flag, listenAddress, sizeBytes, type ListenAddress } from './variables.js';
