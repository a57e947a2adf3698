import { spawn } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { stopChild } from './stop-child.js';

it('waits for the exit of a child that reports an error meanwhile', async () => {
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1000)']);
  child.on('error', () => undefined);
  const stopped = stopChild(child, 'SIGTERM', 10_000);
  child.emit('error', new Error('the channel broke'));
  await stopped;
  expect(child.signalCode).toBe('SIGTERM');
});
