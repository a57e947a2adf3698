import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createLogger } from './logger.js';

function loggerWithLines(): { logger: ReturnType<typeof createLogger>; lines: string[] } {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { logger: createLogger({ service: 'test', level: 'debug', destination }), lines };
}

/** As ioredis makes them: the command that failed hangs on the error, with all its arguments. */
const refusedByRedis = (): Error =>
  Object.assign(new Error('WRONGPASS invalid username-password pair'), {
    code: 'WRONGPASS',
    command: { name: 'hello', args: ['3', 'AUTH', 'svc-auth', 'opensesame'] },
  });

test('an error is written with its message, code and stack, but never with what hangs on it', () => {
  const { logger, lines } = loggerWithLines();
  logger.debug({ err: refusedByRedis() }, 'first');
  logger.child({ queue: 'a' }).debug({ err: new Error('outer', { cause: refusedByRedis() }) }, 'second');
  logger.error(refusedByRedis());
  expect(lines.join('')).not.toContain('opensesame');
  const [first, second, third] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const told = {
    type: 'Error',
    code: 'WRONGPASS',
    message: 'WRONGPASS invalid username-password pair',
    stack: expect.stringContaining('logger.test'),
  };
  expect(first).toMatchObject({ msg: 'first', err: told });
  expect(second).toMatchObject({ msg: 'second', queue: 'a', err: { message: 'outer', cause: told } });
  expect(third).toMatchObject({ err: told });
});

test('a chain of causes that bites its own tail ends', () => {
  const { logger, lines } = loggerWithLines();
  const error = new Error('round');
  error.cause = error;
  logger.error({ err: error }, 'failed');
  expect(lines).toHaveLength(1);
});

test('what is thrown without being an Error keeps its secrets as well', () => {
  const { logger, lines } = loggerWithLines();
  logger.error({ err: { pass: 'opensesame' } }, 'failed');
  logger.error({ err: 'a text' }, 'failed');
  expect(lines.join('')).not.toContain('opensesame');
  expect(lines[1]).toContain('a text');
});
