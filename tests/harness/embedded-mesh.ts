import { Config, startMesh, type Mesh, type MeshOptions } from '@infermesh/all-in-one';
import { ResourceStack } from '@infermesh/lifecycle';
import { EsdClient } from './esd-client.js';
import { temporaryFolder } from './temporary-folder.js';

export interface EmbeddedMesh extends AsyncDisposable {
  readonly mesh: Mesh;
  readonly folder: string;
  readonly adminKey: string;
  /** Of the ESD API, with its prefix. */
  readonly url: string;
  readonly authUrl: string;
  /** As the administrator. */
  readonly client: EsdClient;
}

/** Variables with which a mesh fits beside others on one machine. */
export function meshEnvironment(folder: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    INFERMESH_FOLDER: folder,
    LISTEN_ESD: '127.0.0.1:0/prod,127.0.0.1:0',
    LISTEN_AUTH: '127.0.0.1:0/auth',
    LISTEN_AIME: '127.0.0.2:0', // its root is not ESD's: a listener of its own
    INFERMESH_LOG_LEVEL: 'silent',
    INFERMESH_STOP_GRACE_MS: '5000',
  };
}

/** The whole mesh in this process, on a folder of its own. */
export async function startEmbeddedMesh(
  options: Omit<MeshOptions, 'config'> & { env?: Record<string, string> } = {},
): Promise<EmbeddedMesh> {
  await using opened = new ResourceStack();
  const folder = opened.use(await temporaryFolder());
  const config = Config.parse({ ...meshEnvironment(folder.path), ...options.env });
  const mesh = opened.use(await startMesh({ ...options, config }));
  const url = addressOf(mesh, 'esd');
  if (mesh.adminKey === undefined) throw new Error('a first start shows the administrator key');
  const kept = opened.move();
  return {
    mesh,
    folder: folder.path,
    adminKey: mesh.adminKey,
    url,
    authUrl: addressOf(mesh, 'auth'),
    client: new EsdClient(url, mesh.adminKey),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

export function addressOf({ addresses }: Pick<Mesh, 'addresses'>, dialect: string): string {
  const address = addresses.find((candidate) => candidate.dialect === dialect);
  if (address === undefined) throw new Error(`nothing listens for ${dialect}`);
  return address.url;
}
