// The whole mesh in one process, as `npm start` runs it, with the endpoints of the benchmark.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config, startMesh } from '@infermesh/all-in-one';
import { serveUntilStopped } from '../child.js';
import { writeAimeFiles } from './aime-files.js';

const [, , folder = '', databaseUrl = ''] = process.argv;

const { endpointsFolder, runtimesFile } = await writeAimeFiles(folder);
const mesh = await startMesh({
  config: Config.parse({
    PATH: process.env['PATH'],
    INFERMESH_FOLDER: join(folder, 'mesh'),
    ...(databaseUrl === '' ? {} : { DATABASE_URL: databaseUrl }),
    LISTEN_ESD: '127.0.0.1:0/prod',
    LISTEN_AUTH: '127.0.0.1:0/auth',
    LISTEN_AIME: '127.0.0.2:0',
    AIME_ENDPOINTS_FOLDER: endpointsFolder,
    AIME_RUNTIMES_FILE: runtimesFile,
    INFERMESH_LOG_LEVEL: 'warn',
    INFERMESH_RUNTIME_MODULES: fileURLToPath(new URL('../overhead/noop-runtime.mjs', import.meta.url)),
  }),
  dispatcherSettings: { maxUnfinishedPerEndpoint: 10_000_000, maxUnfinishedPerTenant: 10_000_000 },
});
await serveUntilStopped({ url: mesh.addresses.find(({ dialect }) => dialect === 'aime')?.url });
await mesh[Symbol.asyncDispose]();
