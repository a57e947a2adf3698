export { applyAcl, createPassword, removeAcl, type AclKeys, type AclRules, type AclUser } from './acl.js';
export { connectRedis, type ConnectRedisOptions, type RedisClient } from './connect-redis.js';
export type { RedisPurpose } from './connection-options.js';
export { startEmbeddedRedis, type EmbeddedRedis, type EmbeddedRedisOptions } from './embedded/start-embedded-redis.js';
export { whenReady } from './when-ready.js';
export type { Redis } from 'ioredis';
