import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@infermesh/telemetry';
import { startEmbeddedDatabase } from '../src/index.js';
import { exerciseDatabase } from './exercise-database.js';

exerciseDatabase('PGlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-pglite-'));
  const server = await startEmbeddedDatabase({ folder, logger: createLogger({ service: 'test', level: 'silent' }) });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
});
