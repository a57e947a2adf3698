import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedDatabase } from '@infermesh/database';
import { createLogger } from '@infermesh/telemetry';

/** An embedded database of its own, removed with the server. */
export async function startPglite(): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-dispatcher-db-'));
  const server = await startEmbeddedDatabase({ folder, logger: createLogger({ service: 'test', level: 'silent' }) });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
