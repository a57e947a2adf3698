import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectRedis, removeAcl, startEmbeddedRedis, whenReady, type EmbeddedRedis } from '@infermesh/redis';
import { EndpointUsers } from '../src/endpoint-access.js';
import { LogLines } from './log-lines.js';
import { createScratchFolder, type ScratchFolder } from './scratch-folder.js';

let folder: ScratchFolder;
let redis: EmbeddedRedis;

beforeAll(async () => {
  folder = await createScratchFolder();
  redis = await startEmbeddedRedis({ folder: folder.path, logger: new LogLines().logger });
});

afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function openUsers(refreshMs = 2_000_000_000): EndpointUsers {
  const retry = { firstMs: 20, maxMs: 100 };
  return new EndpointUsers({
    adminUrl: redis.url,
    workerUrl: redis.url,
    refreshMs,
    retry,
    logger: new LogLines().logger,
  });
}

/** What Redis answers to one command of whoever has the URL. */
async function ask(url: string, ...command: [string, ...string[]]): Promise<unknown> {
  const client = connectRedis({ url, purpose: 'request', name: 'test' });
  try {
    await whenReady(client, 3_000);
    return await client.call(...command);
  } catch (error) {
    return error instanceof Error ? error.message : error;
  } finally {
    client.disconnect();
  }
}

describe('endpoint users', () => {
  it('lets the workers of an endpoint into its queue and no other, and not into administration', async () => {
    await using users = openUsers();
    const url = await users.grant('one');
    await users.grant('two');
    expect(new URL(url).username).toBe('ep-one');
    expect(await ask(url, 'SET', '{bull-ep-one}:x', '1')).toBe('OK');
    expect(await ask(url, 'SET', '{bull-ep-two}:x', '1')).toMatch(/NOPERM|No permissions/u);
    expect(await ask(url, 'GET', '{bull-dispatcher}:x')).toMatch(/NOPERM|No permissions/u);
    expect(await ask(url, 'ACL', 'LIST')).toMatch(/NOPERM|no permissions/iu);
    expect(await ask(url, 'CONFIG', 'GET', 'requirepass')).toMatch(/NOPERM|no permissions/iu);
  });

  it('gives the same URL again, and another password with each start of the manager', async () => {
    await using users = openUsers();
    const url = await users.grant('kept');
    expect(await users.grant('kept')).toBe(url);
    await using next = openUsers();
    const fresh = await next.grant('kept');
    expect(fresh).not.toBe(url);
    expect(await ask(fresh, 'PING')).toBe('PONG');
  });

  it('brings back what a restarted Redis has forgotten', async () => {
    await using users = openUsers(20);
    const url = await users.grant('forgotten');
    await removeAcl(redis.url, ['ep-forgotten']);
    const client = connectRedis({ url, purpose: 'blocking', name: 'test' });
    await whenReady(client, 10_000);
    expect(await client.call('PING')).toBe('PONG');
    client.disconnect();
  });

  it('keeps a revoked user out, however often the others are refreshed', async () => {
    await using users = openUsers(1);
    await users.grant('stays');
    await users.grant('gone');
    await users.revoke('gone');
    await users.revoke('gone');
    // A grant waits its turn behind the refreshes: when it answers, one has run since.
    await users.grant('later');
    await users.grant('last');
    expect(await ask(redis.url, 'ACL', 'GETUSER', 'ep-gone')).toBeNull();
    expect(await ask(redis.url, 'ACL', 'GETUSER', 'ep-stays')).not.toBeNull();
  });
});
