import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectConnections, type ObjectRequest } from '../src/object-connections.js';
import { TestStore } from './test-store.js';

describe('ObjectConnections', () => {
  let store: TestStore;
  let connections: ObjectConnections;
  let sent: number;

  beforeEach(async () => {
    store = await TestStore.start();
    connections = new ObjectConnections();
    sent = 0;
  });

  afterEach(async () => {
    connections[Symbol.dispose]();
    await store[Symbol.asyncDispose]();
  });

  function aRequest(overrides: Partial<ObjectRequest> = {}): ObjectRequest {
    return {
      method: 'PUT',
      url: `${store.url}/key`,
      send: (request) => {
        sent += 1;
        request.end('body');
        return Promise.resolve();
      },
      signal: new AbortController().signal,
      ...overrides,
    };
  }

  /** @returns the status */
  async function exchange(overrides: Partial<ObjectRequest> = {}): Promise<number | undefined> {
    const answer = await connections.exchange(aRequest(overrides));
    for await (const _chunk of answer) continue;
    return answer.statusCode;
  }

  it('keeps a connection from one request to the next', async () => {
    await exchange();
    await exchange();
    expect(store.received.map(({ connection }) => connection)).toEqual([1, 1]);
    expect(store.received[1]).toMatchObject({ method: 'PUT', path: '/key', body: Buffer.from('body') });
  });

  it('sends a request again when the kept connection turns out to be closed', async () => {
    await exchange();
    store.answerWith((response, { connection }) => {
      if (connection === 1) response.socket?.destroy();
      else response.end();
    });
    expect(await exchange()).toBe(200);
    expect(store.received.map(({ connection }) => connection)).toEqual([1, 1, 2]);
    expect(sent).toBe(3);
  });

  it('takes a new connection that breaks for a failure', async () => {
    store.answerWith((response) => response.socket?.destroy());
    await expect(exchange()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(sent).toBe(1);
  });

  it('sends a request twice at most', async () => {
    await exchange();
    store.answerWith((response) => response.socket?.destroy());
    await expect(exchange()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(sent).toBe(3);
  });

  it('follows no redirect', async () => {
    store.answerWith((response) => response.writeHead(302, { location: `${store.url}/elsewhere` }).end());
    expect(await exchange()).toBe(302);
    expect(store.received).toHaveLength(1);
  });

  it('gives up a store that says nothing', async () => {
    store.answerWith(() => undefined);
    using impatient = new ObjectConnections({ idleTimeoutMs: 20 });
    await expect(impatient.exchange(aRequest())).rejects.toThrow('no byte went for too long');
  });

  it('ends with its signal, without another try', async () => {
    await exchange();
    const stopping = new AbortController();
    store.answerWith(() => {
      stopping.abort();
    });
    await expect(exchange({ signal: stopping.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(sent).toBe(2);
  });
});
