import { expect, it } from '@jest/globals';
import { BelievedAnswers } from './believed-answers.js';

function counter(): { readonly ask: () => Promise<number>; readonly asked: () => number } {
  let count = 0;
  return { ask: () => Promise.resolve((count += 1)), asked: () => count };
}

it('asks once for many at a time, and again after it was told to forget', async () => {
  const answers = new BelievedAnswers<number>({ believeMs: 60_000 });
  const { ask } = counter();
  expect(await Promise.all([answers.recall('a', ask), answers.recall('a', ask)])).toEqual([1, 1]);
  expect(await answers.recall('b', ask)).toBe(2);
  answers.forgetAll();
  expect(await answers.recall('a', ask)).toBe(3);
});

it('believes an answer no longer than it says of itself', async () => {
  const answers = new BelievedAnswers<number>({ believeMs: 60_000, endsAt: () => Date.now() });
  const { ask } = counter();
  expect(await answers.recall('a', ask)).toBe(1);
  expect(await answers.recall('a', ask)).toBe(2);
});

it('keeps no failure', async () => {
  const answers = new BelievedAnswers<number>({ believeMs: 60_000 });
  await expect(answers.recall('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await answers.recall('a', counter().ask)).toBe(1);
});
