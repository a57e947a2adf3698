import { startGateway, type EsdVersion } from '@infermesh/api-gateway';
import { ResourceStack } from '@infermesh/lifecycle';
import { Metrics, createLogger } from '@infermesh/telemetry';
import { startEmbeddedMesh } from '../../harness/embedded-mesh.js';
import { readPepper } from '../../security/read-pepper.js';
import { SeedClient } from './seed-client.js';

/** One mesh whose gateways speak as each of the releases. */
export interface EsdBench extends AsyncDisposable {
  /** As the administrator, API 1.4. */
  readonly v14: SeedClient;
  readonly v15: SeedClient;
  readonly v17: SeedClient;
  /** As `v14`, of a gateway that waits a moment for Real-time jobs alone. */
  readonly impatient: SeedClient;
  /** As `v14`, of a gateway where each key may make one job, and the next after some minutes. */
  readonly strict: SeedClient;
  readonly databaseUrl: string;
  readonly adminKey: string;
  /** Of the auth API, with its prefix. */
  readonly authUrl: string;
  /** Makes the user with a role of its own that has these permissions. @returns a key of the user */
  createUser(name: string, permissions: readonly string[]): Promise<string>;
}

interface Settings {
  readonly realTimeWaitMs?: number;
  readonly admission?: { readonly requestsPerSecond: number; readonly burst: number };
}

export async function startEsdBench(env: Record<string, string> = {}): Promise<EsdBench> {
  await using opened = new ResourceStack();
  const mesh = opened.use(await startEmbeddedMesh({ env }));
  const pepper = await readPepper(mesh.folder);
  const logger = createLogger({ service: 'api-gateway', level: 'silent' });
  const clientOf = async (version: EsdVersion, settings: Settings = {}): Promise<SeedClient> => {
    const { realTimeWaitMs = 40_000, admission = { requestsPerSecond: 1_000, burst: 5_000 } } = settings;
    const { addresses } = opened.use(
      await startGateway({
        config: {
          pepper,
          listen: { esd: [{ host: '127.0.0.1', port: 0, prefix: '/prod' }], auth: [] },
          stopGraceMs: 1_000,
          admission,
          esd: { version, maxPayloadBytes: 1e6, realTimeWaitMs, runTimeoutMs: 60_000, bucket: 'infermesh' },
        },
        jobQueue: mesh.mesh.jobQueue,
        logger,
        metrics: new Metrics(),
      }),
    );
    return new SeedClient(addresses[0]?.url ?? '', mesh.adminKey);
  };
  const v14 = new SeedClient(mesh.url, mesh.adminKey);
  const [v15, v17] = [await clientOf('1.5'), await clientOf('1.7')];
  const impatient = await clientOf('1.4', { realTimeWaitMs: 1 });
  const strict = await clientOf('1.4', { admission: { requestsPerSecond: 0.001, burst: 1 } });
  const kept = opened.move();
  return {
    v14,
    v15,
    v17,
    impatient,
    strict,
    databaseUrl: mesh.mesh.databaseUrl,
    adminKey: mesh.adminKey,
    authUrl: mesh.authUrl,
    createUser: (name, permissions) => createUser(mesh.authUrl, mesh.adminKey, name, permissions),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

async function createUser(
  authUrl: string,
  adminKey: string,
  name: string,
  permissions: readonly string[],
): Promise<string> {
  const ask = async (method: string, path: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${authUrl}${path}`, {
      method,
      headers: { 'x-api-key': adminKey },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  if (permissions.length > 0) await ask('PUT', `/roles/${name}-role`, { permissions });
  await ask('PUT', `/users/${name}`, { roles: permissions.length === 0 ? [] : [`${name}-role`] });
  return String((await ask('POST', '/keys', { name: 'test', user: name }))['key']);
}
