import { startRedisWithSentinels } from '../../redis/tests/deployments/redis-with-sentinels.js';
import { exerciseFailover } from './exercise-failover.js';

exerciseFailover('a group under sentinels', startRedisWithSentinels);
