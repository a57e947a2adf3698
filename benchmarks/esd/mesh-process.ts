// The whole mesh in one process, as `npm start` runs it: its workers and their models in processes of their own.
import { Config, startMesh } from '@infermesh/all-in-one';
import { serveUntilStopped } from '../child.js';

const [, , folder = '', databaseUrl = '', workers = '1'] = process.argv;

const mesh = await startMesh({
  config: Config.parse({
    INFERMESH_FOLDER: folder,
    ...(databaseUrl === '' ? {} : { DATABASE_URL: databaseUrl }),
    LISTEN_ESD: '127.0.0.1:0/prod',
    LISTEN_AUTH: '127.0.0.1:0/auth',
    LISTEN_AIME: '127.0.0.2:0',
    INFERMESH_LOG_LEVEL: 'warn',
    INFERMESH_WORKERS: workers,
  }),
});
const urlOf = (dialect: string): string | undefined =>
  mesh.addresses.find((address) => address.dialect === dialect)?.url;
await serveUntilStopped({
  url: urlOf('esd'),
  authUrl: urlOf('auth'),
  adminKey: mesh.adminKey,
  databaseUrl: mesh.databaseUrl,
});
await mesh[Symbol.asyncDispose]();
