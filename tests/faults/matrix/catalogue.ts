import type { Fault } from './fault.js';
import { clockStep } from './faults/clock-step.js';
import { diskFull } from './faults/disk-full.js';
import { dispatcherSigkill, dispatcherSigkillBeforeEnqueue } from './faults/dispatcher-sigkill.js';
import { gatewaySigkill, gatewaySigkillBeforeStart } from './faults/gateway-sigkill.js';
import { modelSigkill } from './faults/model-sigkill.js';
import { partition, refusal } from './faults/partition.js';
import { pgliteSigkill } from './faults/pglite-sigkill.js';
import { postgresRestart } from './faults/postgres-restart.js';
import { redisFlushall } from './faults/redis-flushall.js';
import { redisMaxmemory } from './faults/redis-maxmemory.js';
import { redisSigkill } from './faults/redis-sigkill.js';
import { redisSigstop } from './faults/redis-sigstop.js';
import { s3Cuts } from './faults/s3-cuts.js';
import { s3Slow } from './faults/s3-slow.js';
import { s3Unavailable } from './faults/s3-unavailable.js';
import { workerBlocked } from './faults/worker-blocked.js';
import { workerSigkill } from './faults/worker-sigkill.js';
import { workerSigstop } from './faults/worker-sigstop.js';

/** The matrix. */
export const faults: readonly Fault[] = [
  workerSigkill,
  workerSigstop,
  workerBlocked,
  modelSigkill,
  redisSigkill,
  redisSigstop,
  redisFlushall,
  redisMaxmemory,
  postgresRestart,
  pgliteSigkill,
  s3Unavailable,
  s3Cuts,
  s3Slow,
  partition,
  refusal,
  gatewaySigkill,
  gatewaySigkillBeforeStart,
  dispatcherSigkill,
  dispatcherSigkillBeforeEnqueue,
  clockStep,
  diskFull,
];
