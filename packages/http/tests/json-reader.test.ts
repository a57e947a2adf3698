import { describe, expect, it } from '@jest/globals';
import { JsonReader } from '../src/json-reader.js';

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('JsonReader', () => {
  it('refuses what would wait behind too many, and takes more afterwards', async () => {
    await using reader = new JsonReader({ inlineBytes: 0, maxWaiting: 2, maxHeapMb: 64 });
    const accepted = [reader.read(json([1])), reader.read(json([2]))];
    await expect(reader.read(json([3]))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 });
    expect(await Promise.all(accepted)).toEqual([[1], [2]]);
    expect(await reader.read(json([4]))).toEqual([4]);
  });

  it('outlives a body that needs more memory than the thread has', async () => {
    await using reader = new JsonReader({ inlineBytes: 0, maxWaiting: 2, maxHeapMb: 16 });
    const hungry = json(Array.from({ length: 600_000 }, (_, index) => `text ${String(index)}`));
    await expect(reader.read(hungry)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(await reader.read(json({ a: 1 }))).toEqual({ a: 1 });
  });

  it('leaves the bytes as they are', async () => {
    await using reader = new JsonReader({ inlineBytes: 0, maxWaiting: 1, maxHeapMb: 64 });
    const bytes = json({ a: 'x' });
    await reader.read(bytes);
    expect(bytes.toString()).toBe('{"a":"x"}');
  });
});
