import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Config, startMesh } from '@infermesh/all-in-one';
import { addressOf, meshEnvironment } from '../harness/embedded-mesh.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

it('a start finds its port taken before it makes a key, and says which variable to set', async () => {
  await using folder = await temporaryFolder();
  const taker = createServer().listen(0, '127.0.0.1');
  await once(taker, 'listening');
  const { port } = taker.address() as AddressInfo;
  const config = Config.parse({ ...meshEnvironment(folder.path), LISTEN_AUTH: `127.0.0.1:${port}/auth` });
  try {
    await expect(startMesh({ config })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        new RegExp(`^cannot listen on 127.0.0.1:${port}: another process has the address; .*LISTEN_AUTH`, 'u'),
      ) as unknown,
    });
    await expect(access(join(folder.path, 'secrets.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    taker.close();
  }
});

it('the first key is shown though a later step of the start fails, and a lost one can be replaced', async () => {
  await using folder = await temporaryFolder();
  const config = Config.parse(meshEnvironment(folder.path));
  const shown: string[] = [];
  const onAdminKey = (key: string): void => {
    shown.push(key);
  };
  const broken = {
    listen: [],
    create: () => {
      throw new Error('a step after the first key');
    },
  };
  await expect(startMesh({ config, onAdminKey, extraDialects: [broken] })).rejects.toThrow('a step after');
  expect(shown).toHaveLength(1);

  await using mesh = await startMesh({ config, onAdminKey, newAdminKey: 'instead' });
  expect(shown).toHaveLength(2);
  const statusOf = async (key = ''): Promise<number> =>
    (await fetch(`${addressOf(mesh, 'auth')}/whoami`, { headers: { 'x-api-key': key } })).status;
  expect(await Promise.all(shown.map(statusOf))).toEqual([401, 200]);
}, 120_000);
