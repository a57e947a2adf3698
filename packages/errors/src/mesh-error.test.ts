import { describe, expect, it } from '@jest/globals';
import { MeshError, errorCodes, fromErrorDto, isOutage, toErrorDto, toMeshError } from './index.js';

describe('MeshError', () => {
  it('survives the way between two processes', () => {
    const sent = new MeshError('QUEUE_FULL', 'endpoint demo has 500 waiting jobs', {
      retryAfterSeconds: 3,
      field: 'endpoint',
    });
    const received = fromErrorDto(JSON.parse(JSON.stringify(toErrorDto(sent))) as ReturnType<typeof toErrorDto>);
    expect(received).toMatchObject({
      code: 'QUEUE_FULL',
      retryAfterSeconds: 3,
      field: 'endpoint',
      retryable: true,
      status: 429,
    });
  });

  it('hides the text of a foreign error', () => {
    const error = toMeshError(new Error('password=hunter2'));
    expect(error.code).toBe('INTERNAL');
    expect(error.message).not.toContain('hunter2');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('takes a full disk for an outage, which passes', () => {
    const error = toMeshError(Object.assign(new Error('write /secret/path'), { code: 'ENOSPC' }));
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
    expect(error.message).not.toContain('/secret');
    expect(isOutage(error.code)).toBe(true);
  });

  it('does not take a dead worker for an outage: it may have died of its work', () => {
    expect(isOutage('WORKER_LOST')).toBe(false);
  });

  it('reads a code it does not know as INTERNAL', () => {
    expect(fromErrorDto({ code: 'FROM_THE_FUTURE', message: 'x' }).code).toBe('INTERNAL');
  });

  it('answers every retryable code with a status that invites a retry', () => {
    const invites = new Set([429, 500, 502, 503]);
    const wrong = Object.entries(errorCodes).filter(([, info]) => info.retryable && !invites.has(info.status));
    expect(wrong).toEqual([]);
  });
});
