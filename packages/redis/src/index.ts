export { applyAcl, createPassword, removeAcl, type AclKeys, type AclRules, type AclUser } from './acl.js';
export { connectRedis, type ConnectRedisOptions, type RedisPurpose } from './connect-redis.js';
export { startEmbeddedRedis, type EmbeddedRedis, type EmbeddedRedisOptions } from './embedded/start-embedded-redis.js';
export { whenReady } from './when-ready.js';
export type { Redis } from 'ioredis';
