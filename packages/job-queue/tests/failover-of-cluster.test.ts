import { startRedisCluster } from '../../redis/tests/deployments/redis-cluster.js';
import { exerciseFailover } from './exercise-failover.js';

exerciseFailover('a cluster', startRedisCluster);
