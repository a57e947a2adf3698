import { describe, expect, it } from '@jest/globals';
import { formatSseEvent } from './sse-event.js';

describe('formatSseEvent', () => {
  it('keeps line ends inside the data and lets no field smuggle one', () => {
    const frame = formatSseEvent({ data: 'a\r\nb\rc\n', event: 'x\ndata: y', id: '1\r2', retryMs: 500 });
    expect(frame).toBe('event: x data: y\nid: 1 2\nretry: 500\ndata: a\ndata: b\ndata: c\ndata: \n\n');
  });
});
