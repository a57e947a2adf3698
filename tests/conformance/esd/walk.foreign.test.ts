import { afterAll, beforeAll, describe } from '@jest/globals';
import { startEmbeddedMesh, type EmbeddedMesh } from '../../harness/embedded-mesh.js';
import { foreignServers, storageVariables, type ForeignStorage } from '../../harness/foreign-storage.js';
import { SeedClient } from './seed-client.js';
import { walkEsd } from './walk.js';

describe.each(foreignServers(process.env))('the walk of ESD on $name', ({ start }) => {
  let storage: ForeignStorage;
  let mesh: EmbeddedMesh;

  beforeAll(async () => {
    storage = await start();
    mesh = await startEmbeddedMesh({
      env: { ...storageVariables(storage), INFERMESH_OUTBOUND_ALLOW: '127.0.0.1' },
    });
  }, 120_000);

  afterAll(async () => {
    await mesh[Symbol.asyncDispose]();
    await storage[Symbol.asyncDispose]();
  });

  walkEsd(() => new SeedClient(mesh.url, mesh.adminKey));
});
