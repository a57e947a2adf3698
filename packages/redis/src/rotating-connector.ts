import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { RedisNode } from '@infermesh/config';
import { AbstractConnector } from 'ioredis';

const disconnectMs = 200;

/** Connects to one of several equal nodes, to the next one at each attempt. */
export class RotatingConnector extends AbstractConnector {
  readonly #nodes: readonly RedisNode[];
  readonly #tls: boolean;
  #next: number;

  constructor(nodes: readonly RedisNode[], tls: boolean) {
    super(disconnectMs);
    this.#nodes = nodes;
    this.#tls = tls;
    this.#next = Math.floor(Math.random() * nodes.length); // many connections spread over the nodes
  }

  /** The class that ioredis makes its connector of. */
  static over(nodes: readonly RedisNode[], tls: boolean): new (options: unknown) => AbstractConnector {
    return class extends RotatingConnector {
      constructor() {
        super(nodes, tls);
      }
    };
  }

  override connect(): Promise<Socket> {
    const node = this.#nodes[this.#next % this.#nodes.length];
    this.#next++;
    if (node === undefined) return Promise.reject(new Error('there is no node to connect to'));
    const stream = this.#tls ? connectTls({ ...node, servername: node.host }) : connectTcp(node);
    stream.once('error', (error: Error) => {
      this.firstError = error;
    });
    this.stream = stream;
    return Promise.resolve(stream);
  }
}
