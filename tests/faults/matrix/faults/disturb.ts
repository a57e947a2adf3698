import type { Network, TcpProxy } from '../../../harness/tcp-proxy.js';
import type { Injected } from '../fault.js';

/** Makes the network behind these proxies bad until the fault is healed. */
export function disturb(proxies: readonly TcpProxy[], network: Network, detail: string): Promise<Injected> {
  for (const proxy of proxies) proxy.set(network);
  return Promise.resolve({
    detail,
    heal: () => {
      for (const proxy of proxies) proxy.set({ kind: 'pass' });
      return Promise.resolve();
    },
  });
}
