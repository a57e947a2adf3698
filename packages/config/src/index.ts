export { readConfig } from './read-config.js';
export {
  parseRedisUrl,
  redisUrl,
  withRedisUser,
  type RedisAddress,
  type RedisLogin,
  type RedisNode,
} from './redis-url.js';
export { findSharedAddress } from './shared-address.js';
export {
  count,
  durationMs,
  executionProviders,
  flag,
  listenAddress,
  listenAddresses,
  sizeBytes,
  type ListenAddress,
} from './variables.js';
