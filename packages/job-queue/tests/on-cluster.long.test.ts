import { startRedisCluster } from '../../redis/tests/deployments/redis-cluster.js';
import './acl-for.test.js';
import { useRedis } from './bench.js';
import './calls.test.js';
import './entries.test.js';
import './events.test.js';
import './faults.test.js';
import './leases.test.js';
import './poison.test.js';
import './remove-queue.test.js';
import './streams.test.js';

useRedis(startRedisCluster);
