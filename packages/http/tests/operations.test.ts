import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Metrics } from '@infermesh/telemetry';
import { jsonAnswer, type DependencyState, type DialectRequest, type Route } from '../src/index.js';
import { aPromise } from './a-promise.js';
import { RawClient } from './raw-client.js';
import { aDialect, startToy, type ToyCaller } from './toy-dialect.js';

const get = async (url: string): Promise<[number, unknown]> => {
  const response = await fetch(url);
  return [response.status, await response.json()];
};

/** A route that tells of each request and ends when asked. */
function aHeldRoute(): { route: Route<ToyCaller>; started: Promise<DialectRequest<undefined>>; finish: () => void } {
  const started = aPromise<DialectRequest<undefined>>();
  const mayEnd = aPromise<undefined>();
  const route: Route<ToyCaller> = {
    method: 'GET',
    path: '/held',
    access: 'public',
    operationId: 'held',
    answers: {},
    async handler(request) {
      started.resolve(request);
      await mayEnd.promise;
      return jsonAnswer(200, 'done');
    },
  };
  return {
    route,
    started: started.promise,
    finish: () => {
      mayEnd.resolve(undefined);
    },
  };
}

describe('health', () => {
  it('names each dependency, and shares one check among many probes', async () => {
    let checks = 0;
    const states: DependencyState[] = [{ name: 'redis', ok: false, detail: 'no answer' }];
    const release = aPromise<undefined>();
    const ready = async (): Promise<readonly DependencyState[]> => {
      checks += 1;
      await release.promise;
      return states;
    };
    await using toy = await startToy([[aDialect('toy', [])]], { health: { ready } });
    const probes = Promise.all([get(`${toy.url}/readyz`), get(`${toy.url}/readyz`)]);
    expect(await get(`${toy.url}/healthz`)).toEqual([200, { status: 'ok' }]);
    release.resolve(undefined);
    expect((await probes)[1]).toEqual([503, { status: 'not ready', checks: states }]);
    expect(checks).toBe(1);
    states[0] = { name: 'redis', ok: true };
    expect(await get(`${toy.url}/readyz`)).toEqual([200, { status: 'ready', checks: states }]);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('redis://secret'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('is not ready when the check %s', async (_, ready) => {
    await using toy = await startToy([[aDialect('toy', [])]], { health: { ready }, limits: { readyTimeoutMs: 30 } });
    expect(await get(`${toy.url}/readyz`)).toEqual([503, { status: 'not ready', checks: [] }]);
  });
});

describe('metrics', () => {
  it('count by route template, and by class of status', async () => {
    const { route, finish } = aHeldRoute();
    finish();
    await using toy = await startToy([[aDialect('toy', [{ ...route, path: '/jobs/:id' }]), '/prod']]);
    await get(`${toy.url}/jobs/secret`);
    await get(`${toy.url}/nowhere`);
    const text = await (await fetch(toy.server.metricsUrl)).text();
    expect(text).toContain(
      'mesh_http_requests_total{dialect="toy",route="/prod/jobs/:id",method="GET",status="2xx"} 1',
    );
    expect(text).toContain('mesh_http_requests_total{dialect="toy",route="not-found",method="other",status="4xx"} 1');
    expect(text).toContain('mesh_http_request_duration_seconds_bucket');
    expect(text).not.toContain('secret');
  });

  it('answer on an address of their own', async () => {
    const metrics = new Metrics();
    const metricsAddress = { host: '127.0.0.1', port: 0 };
    const address = { host: 'localhost', port: 0, prefix: '' };
    const mounts = [{ dialect: aDialect('toy', []), address }];
    await using toy = await startToy([], { mounts, metrics, metricsAddress });
    expect((await fetch(toy.server.metricsUrl)).status).toBe(200);
    expect(await get(`${toy.url}/metrics`)).toMatchObject([404, { speaker: 'toy' }]);
    expect(new URL(toy.server.metricsUrl).port).not.toBe(new URL(toy.url).port);
  });
});

describe('stopping', () => {
  it('lets a running request end, and closes the connections left open', async () => {
    const { route, started, finish } = aHeldRoute();
    const toy = await startToy([[aDialect('toy', [route])]], { stopGraceMs: 20_000 });
    using idle = await RawClient.connect(toy.url);
    idle.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await idle.until('"ok"');
    const running = get(`${toy.url}/held`);
    const request = await started;
    const stopped = toy[Symbol.asyncDispose]();
    await idle.closed();
    expect([request.stopping.aborted, request.signal.aborted]).toEqual([true, false]);
    finish();
    expect(await running).toEqual([200, 'done']);
    await stopped;
    await expect(fetch(toy.url)).rejects.toThrow(/fetch failed/u);
  });

  it('says so on /readyz before it refuses connections', async () => {
    const { route, started, finish } = aHeldRoute();
    const toy = await startToy([[aDialect('toy', [route])]], { drainMs: 1_500 });
    const running = get(`${toy.url}/held`);
    const request = await started;
    const stopped = toy[Symbol.asyncDispose]();
    await (request.stopping.aborted ? Promise.resolve() : once(request.stopping, 'abort'));
    expect(await get(`${toy.url}/readyz`)).toEqual([503, { status: 'stopping', checks: [] }]);
    finish();
    await running;
    await stopped;
  });

  it('answers 503 for what outlives the grace', async () => {
    const { route, started } = aHeldRoute();
    const toy = await startToy([[aDialect('toy', [route])]], { stopGraceMs: 50 });
    const running = get(`${toy.url}/held`);
    await started;
    await toy[Symbol.asyncDispose]();
    expect(await running).toMatchObject([503, { code: 'SERVICE_UNAVAILABLE' }]);
  });

  it('twice is harmless', async () => {
    const toy = await startToy([[aDialect('toy', [])]]);
    await toy[Symbol.asyncDispose]();
    await toy[Symbol.asyncDispose]();
  });
});
