import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@infermesh/telemetry';
import { createOutbound, type OutboundOptions } from '../src/index.js';
import { open, serveHttp } from './loopback-server.js';

const neverResolves = (): Promise<never> => Promise.reject(new Error('no name should be asked for'));

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'passed',
    (error: unknown) => (error as { code: string }).code,
  );

describe('URLs', () => {
  it.each([
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://127.0.0.1./',
    'https://\u2460\u2461\u2466.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::169.254.169.254]/',
    'https://[fe80::1%25eth0]/',
    'https://[fd00:ec2::254]/',
    'https://0/',
    'file:///etc/passwd',
    'ftp://8.8.8.8/',
    'data:text/plain,x',
    'gopher://8.8.8.8/',
    'https://user:pass@8.8.8.8/',
    'http://8.8.8.8/',
    'https://8.8.8.8:22/',
    'not a url',
    '//8.8.8.8/',
  ])('refuses %s without a look-up', async (url) => {
    const outbound = createOutbound({ resolve: neverResolves });
    expect(await codeOf(outbound.check(url))).toBe('OUTBOUND_REFUSED');
    expect(await codeOf(outbound.fetch(url))).toBe('OUTBOUND_REFUSED');
  });

  it.each(['https://8.8.8.8/', 'https://8.8.8.8:8443/', 'https://[2606:4700:4700::1111]/'])(
    'would call %s',
    async (url) => {
      expect(await codeOf(createOutbound({ resolve: neverResolves }).check(url))).toBe('passed');
    },
  );

  it('calls http when told so', async () => {
    expect(await codeOf(createOutbound({ schemes: ['https', 'http'] }).check('http://8.8.8.8/'))).toBe('passed');
  });

  it('says what would help, and repeats neither the query nor the address', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'debug',
      destination: { write: (line) => void lines.push(line) },
    });
    const outbound = createOutbound({
      resolve: () => Promise.resolve(['10.1.2.3']),
      allowListVariable: 'MESH_ALLOW',
      logger,
    });
    const refusal = outbound.fetch('https://inside.test/path?key=hunter2');
    await expect(refusal).rejects.toMatchObject({
      message: expect.stringMatching(/^inside\.test .*MESH_ALLOW=inside\.test:443$/u) as unknown,
    });
    expect(lines.join()).toContain('"address":"10.1.2.3"');
    expect(lines.join()).not.toContain('hunter2');
  });
});

describe('names', () => {
  it('are refused when one answer of many is private', async () => {
    const outbound = createOutbound({
      resolve: () => Promise.resolve(['8.8.8.8', '2606:4700:4700::1111', '10.0.0.1']),
    });
    await expect(outbound.check('https://mixed.test/')).rejects.toMatchObject({ code: 'OUTBOUND_REFUSED' });
  });

  it.each([
    ['fails', () => Promise.reject(new Error('ENOTFOUND'))],
    ['finds nothing', () => Promise.resolve([])],
  ])('are a failure when the look-up %s', async (_, resolve) => {
    expect(await codeOf(createOutbound({ resolve }).check('https://none.test/'))).toBe('OUTBOUND_FAILED');
  });

  it('are asked for once, and the connection goes where the check looked', async () => {
    await using server = await serveHttp((request, response) => response.end(request.headers.host));
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    let asked = 0;
    const resolve = (): Promise<string[]> => Promise.resolve(answers[asked++] ?? []);
    const outbound = createOutbound({ resolve, allowList: ['127.0.0.0/8'] });
    const url = `http://rebinding.test:${String(server.port)}/`;
    const answer = await outbound.fetch(url);
    expect((await answer.bytes()).toString()).toBe(`rebinding.test:${String(server.port)}`);
    expect(asked).toBe(1);
    expect(await codeOf(outbound.fetch(url))).toBe('OUTBOUND_REFUSED');
    expect(server.connections).toHaveLength(1);
  });

  it('stay in the TLS handshake although the connection goes to an address', async () => {
    let serverName: string | undefined;
    await using server = await open(
      createTlsServer({
        SNICallback: (name, done) => {
          serverName = name;
          done(new Error('no certificate'));
        },
      }),
    );
    const outbound = createOutbound({ resolve: () => Promise.resolve(['127.0.0.1']), allowList: ['secure.test'] });
    expect(await codeOf(outbound.fetch(`https://secure.test:${String(server.port)}/`))).toBe('OUTBOUND_FAILED');
    expect(serverName).toBe('secure.test');
  });

  it('give up when the look-up hangs', async () => {
    const outbound = createOutbound({ resolve: () => new Promise<never>(() => undefined), timeoutMs: 30 });
    expect(await codeOf(outbound.fetch('https://slow.test/'))).toBe('DEADLINE_EXCEEDED');
  });
});

describe('the allow-list', () => {
  const inside = () => Promise.resolve(['10.0.0.1']);

  it.each<[string, OutboundOptions, string, string]>([
    ['a host at any port, over http', { allowList: ['inside.test'] }, 'http://inside.test:9000/', 'passed'],
    ['a host and port', { allowList: ['inside.test:9000'] }, 'http://inside.test:9000/', 'passed'],
    ['no other port', { allowList: ['inside.test:9000'] }, 'http://inside.test:9001/', 'OUTBOUND_REFUSED'],
    ['a range', { allowList: ['10.0.0.0/24'] }, 'http://inside.test:9000/', 'passed'],
    ['a literal in a range', { allowList: ['10.0.0.0/24'] }, 'http://10.0.0.7:9000/', 'passed'],
    ['no other range', { allowList: ['10.0.1.0/24'] }, 'http://inside.test:9000/', 'OUTBOUND_REFUSED'],
    ['no other host', { allowList: ['inside.test'] }, 'https://other.test/', 'OUTBOUND_REFUSED'],
    ['no subdomain', { allowList: ['inside.test'] }, 'https://a.inside.test/', 'OUTBOUND_REFUSED'],
    ['no other scheme', { allowList: ['inside.test'] }, 'ftp://inside.test/', 'OUTBOUND_REFUSED'],
  ])('opens %s', async (_, options, url, expected) => {
    expect(await codeOf(createOutbound({ ...options, resolve: inside }).check(url))).toBe(expected);
  });

  it('lets a range stand beside public addresses, each by its own rule', async () => {
    const both = createOutbound({ allowList: ['10.0.0.0/8'], resolve: () => Promise.resolve(['8.8.8.8', '10.0.0.1']) });
    expect(await codeOf(both.check('https://both.test/'))).toBe('passed');
    expect(await codeOf(both.check('http://both.test/'))).toBe('OUTBOUND_REFUSED');
  });
});
