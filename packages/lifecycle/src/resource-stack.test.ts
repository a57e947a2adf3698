import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { ResourceStack } from './resource-stack.js';

const aResource = (released: string[], name: string): AsyncDisposable => ({
  [Symbol.asyncDispose]: () => {
    released.push(name);
    return Promise.resolve();
  },
});

it('releases also what opened after a sibling had failed', async () => {
  const released: string[] = [];
  const slow = delay(5).then(() => aResource(released, 'slow'));
  const start = async (): Promise<void> => {
    await using opened = new ResourceStack();
    await opened.useAll([Promise.reject(new Error('no')), slow, Promise.resolve(aResource(released, 'quick'))]);
  };
  await expect(start()).rejects.toThrow('no');
  expect(released).toEqual(['quick', 'slow']);
});
