import type { RedisAddress } from '@infermesh/config';
import { Cluster, Redis } from 'ioredis';
import { purposeOptions, reconnectMs, socketOptions, type RedisPurpose } from './connection-options.js';
import { RotatingConnector } from './rotating-connector.js';

type ClusterAddress = Extract<RedisAddress, { kind: 'cluster' }>;
type Command = Parameters<Cluster['sendCommand']>[0];

/** ioredis queues commands for a cluster that is away, without a limit of time. Whoever waits is told at once. */
class ImpatientCluster extends Cluster {
  override sendCommand(...args: Parameters<Cluster['sendCommand']>): unknown {
    const [command] = args;
    if (this.status === 'ready' || isDiscovery(command)) return super.sendCommand(...args);
    command.reject(new Error('the cluster is not connected'));
    return command.promise;
  }
}

/** With it ioredis finds out whether the cluster is ready. */
function isDiscovery(command: Command): boolean {
  return command.name === 'cluster';
}

const settledStates: readonly string[] = ['ready', 'disconnecting', 'end'];

/** Waits for a node, or for all of them, to come back; ioredis gives up once it has lost the last one. */
class PatientCluster extends Cluster {
  override handleError(error: Error, ttl: { value?: number }, handlers: { connectionClosed: () => void }): void {
    const isLost = error.message === 'Connection is closed.' && !settledStates.includes(this.status);
    if (isLost) setTimeout(handlers.connectionClosed, retryMs);
    else super.handleError(error, ttl, handlers);
  }
}

const retryMs = 100;

export interface ConnectClusterOptions {
  readonly purpose: Exclude<RedisPurpose, 'subscriber'>;
  readonly name: string;
  readonly commandTimeoutMs: number;
}

/** Follows the slots wherever they move. A command that a node refused is sent on, also by a `request` connection. */
export function connectCluster(
  address: ClusterAddress,
  { purpose, name, commandTimeoutMs }: ConnectClusterOptions,
): Cluster {
  const { enableOfflineQueue: _nodesQueueWhileTheyConnect, ...nodeOptions } = purposeOptions(purpose, commandTimeoutMs);
  const nodes = [...address.nodes];
  const options = {
    clusterRetryStrategy: reconnectMs,
    slotsRefreshTimeout: 2000,
    redisOptions: { ...socketOptions(name), ...nodeOptions, ...address.login, ...(address.tls ? { tls: {} } : {}) },
    // certificates name hosts, not addresses
    ...(address.tls ? { dnsLookup: keepName } : {}),
  };
  if (purpose === 'request') {
    // a write that may have arrived must not arrive twice, and a slot without a master is told at once
    return new ImpatientCluster(nodes, { ...options, retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 });
  }
  return new PatientCluster(nodes, {
    ...options,
    maxRedirections: Infinity,
    retryDelayOnFailover: retryMs,
    retryDelayOnClusterDown: retryMs,
  });
}

function keepName(host: string, callback: (error: null, address: string) => void): void {
  callback(null, host);
}

/**
 * A plain connection to any node that answers, another one after each loss: messages go to all nodes. ioredis' own
 * subscriber of a cluster neither tells when it was away nor notices that its node stands still.
 */
export function connectClusterSubscriber(address: ClusterAddress, name: string): Redis {
  return new Redis({
    ...socketOptions(name),
    ...purposeOptions('subscriber', 0),
    ...address.login,
    retryStrategy: reconnectMs,
    Connector: RotatingConnector.over(address.nodes, address.tls),
  });
}
