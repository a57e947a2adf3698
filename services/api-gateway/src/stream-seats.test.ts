import { expect, it } from '@jest/globals';
import { StreamSeats } from './stream-seats.js';

it('bounds the streams of each caller alone, and frees a seat once, however it is left', () => {
  const seats = new StreamSeats(2);
  const client = new AbortController();
  const leave = seats.take('ann', client.signal);
  seats.take('ann', new AbortController().signal);
  const third = (): unknown => seats.take('ann', new AbortController().signal);
  expect(third).toThrow(expect.objectContaining({ code: 'QUOTA_EXCEEDED', retryAfterSeconds: 5 }));
  seats.take('bob', new AbortController().signal);
  client.abort();
  leave();
  third();
  expect(third).toThrow(expect.objectContaining({ code: 'QUOTA_EXCEEDED' }));
});
