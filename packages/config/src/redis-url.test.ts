import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl, redisUrl, withRedisUser } from './redis-url.js';

describe('parseRedisUrl', () => {
  it.each(['redis://127.0.0.1:6379', 'rediss://user:p%40ss@redis.example:6380/1'])('leaves %s as it is', (url) => {
    expect(parseRedisUrl(url)).toEqual({ kind: 'server', url });
  });

  it('reads sentinels, the name of their master and both logins', () => {
    const url = 'redis+sentinel://svc:p%40ss@s1:26380,[::1]:26381,s3/mesh?sentinelUsername=watch&sentinelPassword=w%26';
    expect(parseRedisUrl(url)).toEqual({
      kind: 'sentinel',
      login: { username: 'svc', password: 'p@ss' },
      tls: false,
      nodes: [
        { host: 's1', port: 26_380 },
        { host: '::1', port: 26_381 },
        { host: 's3', port: 26_379 },
      ],
      masterName: 'mesh',
      sentinelLogin: { username: 'watch', password: 'w&' },
    });
  });

  it('reads the nodes of a cluster', () => {
    expect(parseRedisUrl('rediss+cluster://:secret@10.0.0.1:7000,10.0.0.2')).toEqual({
      kind: 'cluster',
      login: { password: 'secret' },
      tls: true,
      nodes: [
        { host: '10.0.0.1', port: 7000 },
        { host: '10.0.0.2', port: 6379 },
      ],
    });
  });

  it.each([
    'http://secret@host',
    'redis:///secret',
    'redis+other://secret@host:1',
    'redis+sentinel://secret@host:1',
    'redis+sentinel://secret@host:1/name?db=secret',
    'redis+sentinel://%E0%A4:secret@host:1/name',
    'redis+cluster://secret@host:1/secret',
    'redis+cluster://secret@host:1,,host:2',
    'redis+cluster://secret@host:99999',
    'redis+cluster://secret@',
    'secret',
  ])('refuses %s without repeating it', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => parseRedisUrl(url)).toThrow(/^(?!.*secret)/u);
    expect(redisUrl.safeParse(url).success).toBe(false);
  });
});

describe('withRedisUser', () => {
  it.each([
    ['redis://127.0.0.1:6379/1', 'redis://ep-1:a%40b@127.0.0.1:6379/1'],
    ['redis://admin:x@127.0.0.1:6379', 'redis://ep-1:a%40b@127.0.0.1:6379'],
    [
      'redis+sentinel://admin:x@a:1,b:2/m?sentinelPassword=y',
      'redis+sentinel://ep-1:a%40b@a:1,b:2/m?sentinelPassword=y',
    ],
    ['rediss+cluster://a:1,b:2', 'rediss+cluster://ep-1:a%40b@a:1,b:2'],
  ])('replaces the user of %s', (url, expected) => {
    expect(withRedisUser(url, 'ep-1', 'a@b')).toBe(expected);
  });
});
