import { ResourceStack } from '@infermesh/lifecycle';
import type { ServiceName } from '@infermesh/all-in-one';
import type { PostgresServer } from '../../packages/database/tests/postgres-server.js';
import { TcpProxy, type ProxyTarget } from './tcp-proxy.js';

interface Servers {
  readonly redisPort: number;
  readonly postgres: PostgresServer;
  readonly s3Port: number;
}

type DatabaseClient = 'auth' | 'dispatcher' | 'checkpoint-store' | 'endpoint-manager';

/** The proxies of a split mesh: one for each way that a fault can cut by itself. */
export interface SplitNetwork extends AsyncDisposable {
  readonly redis: Readonly<Record<ServiceName | 'workers', TcpProxy>>;
  readonly database: Readonly<Record<DatabaseClient, TcpProxy>>;
  /** Of everybody: services, workers, clients. */
  readonly s3: TcpProxy;
  /** Between clients and gateway; keeps its port when the gateway gets another one. */
  readonly gateway: TcpProxy;
}

const local = (port: number): ProxyTarget => ({ host: '127.0.0.1', port });

export async function startSplitNetwork({ redisPort, postgres, s3Port }: Servers): Promise<SplitNetwork> {
  await using opened = new ResourceStack();
  const open = async (target: ProxyTarget): Promise<TcpProxy> => opened.use(await TcpProxy.start(target));
  const redis = (): Promise<TcpProxy> => open(local(redisPort));
  const database = (): Promise<TcpProxy> => open({ path: postgres.socketPath });
  const proxies = {
    redis: {
      auth: await redis(),
      dispatcher: await redis(),
      'checkpoint-store': await redis(),
      'endpoint-manager': await redis(),
      'media-converter': await redis(),
      'api-gateway': await redis(),
      workers: await redis(),
    },
    database: {
      auth: await database(),
      dispatcher: await database(),
      'checkpoint-store': await database(),
      'endpoint-manager': await database(),
    },
    s3: await open(local(s3Port)),
    gateway: await open(local(1)),
  };
  const kept = opened.move();
  return { ...proxies, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}
