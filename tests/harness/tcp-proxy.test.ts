import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TcpProxy } from './tcp-proxy.js';

let echo: Server;
let proxy: TcpProxy;
let client: Socket;

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new Error('the echo server does not listen');
  proxy = await TcpProxy.start({ host: '127.0.0.1', port: address.port });
  client = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  await once(client, 'connect');
});

afterEach(async () => {
  client.destroy();
  await proxy[Symbol.asyncDispose]();
  echo.close();
});

async function answer(): Promise<string> {
  const [piece] = (await once(client, 'data')) as [Buffer];
  return piece.toString();
}

/** Not `once`: that takes the reset before it for a failure. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}

describe('a proxy', () => {
  it('passes bytes both ways', async () => {
    client.write('hello');
    expect(await answer()).toBe('hello');
  });

  it('holds back what is sent during a partition, and delivers it after', async () => {
    proxy.set({ kind: 'freeze' });
    client.write('late');
    const heard = answer();
    proxy.set({ kind: 'pass' });
    expect(await heard).toBe('late');
  });

  it('breaks connections when it refuses', async () => {
    const closed = closing(client);
    proxy.set({ kind: 'refuse' });
    await closed;
    const next = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    await closing(next);
  });

  it('cuts an answer in the middle', async () => {
    proxy.set({ kind: 'cut', afterBytes: 3 });
    const closed = closing(client);
    const heard = answer();
    client.write('hello');
    expect(await heard).toBe('hel');
    await closed;
  });

  it('answers in place of the server', async () => {
    proxy.set({ kind: 'answer', text: '503' });
    client.write('hello');
    expect(await answer()).toBe('503');
  });

  it('freezes at the piece that has a text, so that its sender can be killed there', async () => {
    const frozen = proxy.freezeAt('commit', AbortSignal.timeout(10_000));
    client.write('begin');
    expect(await answer()).toBe('begin');
    client.write('commit');
    await frozen;
    const closed = closing(client);
    proxy.set({ kind: 'refuse' });
    await closed;
    expect(client.bytesRead).toBe('begin'.length);
  });
});
