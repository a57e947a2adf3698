import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { defaultServer, formatProblem, parseServer, type ServerConfig } from '../src/index.js';
import { examplePath, load } from './load-example.js';

const path = examplePath('aime_api_server.cfg');
const text = await readFile(path, 'utf8');

function serverOf(toml: string): ServerConfig {
  const { server, problems } = parseServer(toml, path);
  if (server === null) throw new Error(problems.map(formatProblem).join('\n'));
  return server;
}

describe('the server’s file', () => {
  test('every value under our name and in our units', () => {
    const server = serverOf(text);
    expect(server).toMatchObject({
      listen: { host: '127.0.0.1', port: 7778 },
      endpointPaths: [dirname(path)],
      http: { maxBodyBytes: 1_000_000, responseTimeoutMs: 7_200_000, keepAliveTimeoutMs: 5000, proxyCount: 1 },
      defaults: {
        queue: {
          maxQueueLength: 500,
          maxTimeInQueueMs: 1_800_000,
          jobInactivityTimeoutMs: 180_000,
          resultLifetimeMs: 600_000,
        },
        workerRequestTimeoutMs: 45_000,
        workerAuthKey: 'every-worker-secret',
        provideWorkerMetaData: true,
        clientRequestLimit: null,
        login: {},
      },
      allowedMedia: { image: { format: ['jpeg', 'png', 'webp', 'gif'] }, audio: { format: ['wav', 'mp3'] } },
      openAi: { isEnabled: true, fallbackModel: 'chat' },
      staticRoutes: [{ slug: '/', sourcePath: join(dirname(path), 'pages/index.html') }],
    });
    expect([...server.openAi.models]).toMatchObject([['chat', { endpoint: 'chat', ownedBy: 'us' }]]);
    expect([...server.defaults.authorizationKeys]).toEqual([['operator', 'operator-secret']]);
  });

  test('its built-in defaults', () => {
    expect(defaultServer).toMatchObject({
      listen: { host: '0.0.0.0', port: 7777 },
      http: { maxBodyBytes: 100_000_000, requestTimeoutMs: 60_000, responseTimeoutMs: 3_600_000, proxyCount: 0 },
      defaults: {
        queue: {
          maxQueueLength: 1000,
          maxTimeInQueueMs: 3_600_000,
          jobInactivityTimeoutMs: 360_000,
          resultLifetimeMs: 900_000,
        },
        workerRequestTimeoutMs: 60_000,
        workerAuthKey: null,
        provideWorkerMetaData: false,
      },
      openAi: { isEnabled: false },
    });
  });

  test('the command line counts before the file, and is relative to where it was given', () => {
    const { server } = parseServer(text, path, { port: 1, host: '::1', endpointConfigs: 'a.toml, b.toml' });
    expect(server).toMatchObject({
      listen: { host: '::1', port: 1 },
      endpointPaths: [join(process.cwd(), 'a.toml'), join(process.cwd(), 'b.toml')],
    });
  });

  test('all mistakes at once; other settings of the HTTP server are let pass', () => {
    const wrong =
      '[SERVER]\nport = "x"\nhots = "y"\n[SANIC]\nsomething = 1\n[ENDPOINTS]\ndefault_max_queue_length = 0\n[INPUTS]\nimage.fromat.allowed = ["png"]\n';
    const { server, problems } = parseServer(wrong, 's.cfg');
    expect(server).toBeNull();
    expect(problems.map(formatProblem)).toEqual([
      's.cfg:2:1: SERVER.port: must be a number, is "x"',
      's.cfg:3:1: warning: SERVER.hots: is not known and has no effect; did you mean host?',
      's.cfg:7:1: ENDPOINTS.default_max_queue_length: must be more than 0',
    ]);
    expect(parseServer('[INPUTS]\nimage.fromat.allowed = ["png"]', 's.cfg').problems.map(formatProblem)).toEqual([
      expect.stringMatching(/^s\.cfg:2:7: warning: INPUTS\.image\.fromat: has no effect; known: format, /u),
    ]);
  });
});

describe('defaults of the server', () => {
  const bare = '[ENDPOINT]\nname = "it"\n[WORKER]\njob_type = "it"\n';
  const server = serverOf(text);

  test('fill what an endpoint leaves out', () => {
    const { definition, secrets } = load(bare, 'it.toml', { server });
    expect(definition.queue).toEqual(server.defaults.queue);
    expect(definition.worker.requestTimeoutMs).toBe(45_000);
    expect(definition.clients).toEqual({ login: null, requestLimit: null, provideWorkerMetaData: true });
    expect(secrets).toEqual({
      workerAuthKey: 'every-worker-secret',
      authorizationKeys: server.defaults.authorizationKeys,
    });
  });

  test('give way to the endpoint; its table of keys replaces theirs, and a 0 or false counts', () => {
    const own = bare
      .replace('[WORKER]', 'result_lifetime = 1.5\n[WORKER]\nauth_key = "own"\nrequest_timeout = 3')
      .concat(
        '[CLIENTS]\nprovide_worker_meta_data = false\nauthorization_keys = { me = "mine" }\nclient_request_limit = 0\n',
      );
    const limited = { ...server, defaults: { ...server.defaults, clientRequestLimit: 9 } };
    const { definition, secrets } = load(own, 'it.toml', { server: limited });
    expect(definition.queue).toEqual({ ...server.defaults.queue, resultLifetimeMs: 1500 });
    expect(definition.worker.requestTimeoutMs).toBe(3000);
    expect(definition.clients).toEqual({ login: null, requestLimit: null, provideWorkerMetaData: false });
    expect(secrets.workerAuthKey).toBe('own');
    expect([...secrets.authorizationKeys]).toEqual([['me', 'mine']]);
  });

  test.each([
    ['', '', null],
    ['authentication = "None"', '', { authentication: 'none', authorization: 'key' }],
    ['authorization = "None"', '', { authentication: 'user', authorization: 'none' }],
    ['authentification = "User"\nauthorization = "Key"', '', { authentication: 'user', authorization: 'key' }],
    ['', 'default_authentication = "None"', { authentication: 'none', authorization: 'key' }],
    ['authentication = "User"', 'default_authorization = "None"', { authentication: 'user', authorization: 'none' }],
  ])('the older login rules: %j with %j', (endpointKeys, serverKeys, login) => {
    const older = serverOf(`[CLIENTS]\n${serverKeys}\n`);
    expect(load(`${bare}[CLIENTS]\n${endpointKeys}\n`, 'it.toml', { server: older }).definition.clients.login).toEqual(
      login,
    );
  });
});
