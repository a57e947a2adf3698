import { PassThrough, Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { Interrupted } from './interrupted.js';
import { readSecret } from './read-secret.js';

function setup({ isTTY }: { isTTY: boolean }) {
  const shown: string[] = [];
  const rawModes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: (mode: boolean) => rawModes.push(mode) });
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      shown.push(chunk.toString());
      done();
    },
  });
  const stopping = new AbortController();
  return {
    stdin,
    shown,
    rawModes,
    stopping,
    read: () => readSecret({ stdin, stderr, stdout: stderr }, 'Password: ', stopping.signal),
  };
}

test('at a terminal: asks, shows nothing of the answer, and gives the terminal back', async () => {
  const { stdin, shown, rawModes, read } = setup({ isTTY: true });
  const secret = read();
  stdin.write('correct horsx\u007fe');
  stdin.write('\r');
  expect(await secret).toBe('correct horse');
  expect(shown.join('')).toBe('Password: \n');
  expect(rawModes).toEqual([true, false]);
});

test('from a pipe: takes the first line and asks nothing, whether it ends or not', async () => {
  const first = setup({ isTTY: false });
  first.stdin.end('café\nmore\n');
  expect(await first.read()).toBe('café');
  const second = setup({ isTTY: false });
  second.stdin.end('café');
  expect(await second.read()).toBe('café');
  expect([...first.shown, ...second.shown]).toEqual([]);
});

test('a character cut in two by the pipe stays whole', async () => {
  const { stdin, read } = setup({ isTTY: false });
  const bytes = Buffer.from('é\n');
  const secret = read();
  stdin.write(bytes.subarray(0, 1));
  stdin.write(bytes.subarray(1));
  expect(await secret).toBe('é');
});

test('Ctrl-C in raw mode is an interrupt, and the terminal is given back', async () => {
  const { stdin, rawModes, read } = setup({ isTTY: true });
  const secret = read();
  stdin.write('abc\u0003');
  await expect(secret).rejects.toBeInstanceOf(Interrupted);
  expect(rawModes).toEqual([true, false]);
});

test('ends with the reason of the signal', async () => {
  const { stopping, read } = setup({ isTTY: true });
  const secret = read();
  stopping.abort(new Interrupted('SIGTERM'));
  await expect(secret).rejects.toMatchObject({ exitCode: 143 });
});

test('nothing and too much are refused', async () => {
  const empty = setup({ isTTY: false });
  empty.stdin.end('');
  await expect(empty.read()).rejects.toMatchObject({ name: 'UsageError', message: 'nothing was entered' });
  const endless = setup({ isTTY: false });
  endless.stdin.end('x'.repeat(5000));
  await expect(endless.read()).rejects.toMatchObject({
    name: 'UsageError',
    message: 'that is too long for a password',
  });
});
