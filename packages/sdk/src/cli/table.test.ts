import { expect, test } from '@jest/globals';
import { table } from './table.js';

test('sets columns, marks what is missing, ends no line in spaces', () => {
  expect(
    table(
      ['NAME', 'ROLE'],
      [
        ['ada', 'painter'],
        ['grace hopper', null],
      ],
    ),
  ).toBe('NAME          ROLE\nada           painter\ngrace hopper  -\n');
});

test('text of a server cannot move the cursor or break the line', () => {
  expect(table(['NAME'], [['a\u001b[2Jb\nc\u202ed']])).toBe('NAME\na [2Jb c d\n');
});
