import type { TcpProxy } from '../../../harness/tcp-proxy.js';
import type { Bench } from '../bench.js';
import { soonMs, lateMs, type Fault } from '../fault.js';
import { disturb } from './disturb.js';

/** Every way that one process has to a server, by what it is called in the table. */
function waysOf({ split: { network } }: Bench): [string, TcpProxy][] {
  return [
    ...Object.entries(network.redis).map(([name, proxy]): [string, TcpProxy] => [`${name} to Redis`, proxy]),
    ...Object.entries(network.database).map(([name, proxy]): [string, TcpProxy] => [`${name} to PostgreSQL`, proxy]),
    ['everybody to S3', network.s3],
  ];
}

/** One process cannot reach one server: its packets vanish, and no connection breaks. */
export const partition: Fault = {
  name: 'partition',
  topologies: ['split'],
  holdMs: 12_000,
  recoverWithinMs: lateMs,
  inject: (bench, random) => {
    const [name, proxy] = random.pick(waysOf(bench));
    return disturb([proxy], { kind: 'freeze' }, name);
  },
};

/** One process loses its connections to one server, and gets no new one. */
export const refusal: Fault = {
  name: 'refusal',
  topologies: ['split'],
  holdMs: 12_000,
  recoverWithinMs: soonMs,
  inject: (bench, random) => {
    const [name, proxy] = random.pick(waysOf(bench));
    return disturb([proxy], { kind: 'refuse' }, name);
  },
};
