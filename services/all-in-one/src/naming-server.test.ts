import { expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import { namingServer } from './naming-server.js';

const failing = (error: Error) => () => Promise.reject(error);
const outage = new MeshError('QUEUE_UNAVAILABLE', 'Redis does not answer');

it.each([
  ['redis://default:se@cret@127.0.0.1:6379/0', '127.0.0.1:6379'],
  ['redis+sentinel://user:secret@one:26379,two:26379/main', 'one:26379,two:26379'],
  ['postgres://mesh:secret@db.example.org/mesh?host=/run', 'db.example.org'],
  ['http://minio:9000', 'minio:9000'],
])('an outage names the variable and the host of %s, without credentials', async (url, host) => {
  await expect(namingServer('REDIS_URL', url, failing(outage))).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    message: `REDIS_URL names ${host}: Redis does not answer; is the server running, and the URL right?`,
  });
});

it('names the variable where the server refuses, and nothing for an embedded server or another fault', async () => {
  const url = 'postgres://mesh@db/mesh';
  await expect(namingServer('DATABASE_URL', url, failing(new Error('password authentication failed')))).rejects.toThrow(
    /^DATABASE_URL names db: password authentication failed/u,
  );
  await expect(namingServer('REDIS_URL', undefined, failing(outage))).rejects.toBe(outage);
  const changed = new MeshError('CONFIG_INVALID', 'migration 0001 was changed after it was applied');
  await expect(namingServer('DATABASE_URL', url, failing(changed))).rejects.toBe(changed);
});
