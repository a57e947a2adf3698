import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ListenAddress } from '@infermesh/config';
import { MeshError } from '@infermesh/errors';

/**
 * Finds out before anything is started or written whether the addresses can be taken: the gateway opens them last.
 *
 * @throws MeshError CONFIG_INVALID naming the variable, the address and the cause
 */
export async function checkAddresses({
  esd,
  auth,
  aime,
}: {
  readonly esd: readonly ListenAddress[];
  readonly auth: readonly ListenAddress[];
  readonly aime: readonly ListenAddress[];
}): Promise<void> {
  const named = [
    ...esd.map((address) => ({ variable: 'LISTEN_ESD', address })),
    ...auth.map((address) => ({ variable: 'LISTEN_AUTH', address })),
    ...aime.map((address) => ({ variable: 'LISTEN_AIME', address })),
  ];
  const seen = new Set<string>();
  for (const { variable, address } of named) {
    const place = `${address.host}:${String(address.port)}`;
    if (seen.has(place) || address.port === 0) continue;
    seen.add(place);
    await tryToListen(address).catch((cause: unknown) => {
      throw new MeshError(
        'CONFIG_INVALID',
        `cannot listen on ${place}: ${reasonOf(cause)}; set LISTEN_ESD, LISTEN_AUTH and LISTEN_AIME to other addresses (it stands in ${variable})`,
        { cause },
      );
    });
  }
}

async function tryToListen({ host, port }: ListenAddress): Promise<void> {
  const server = createServer();
  server.listen({ host, port });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

function reasonOf(cause: unknown): string {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return 'another process has the address';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address';
    case 'EACCES':
      return 'this user may not take the port';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}
