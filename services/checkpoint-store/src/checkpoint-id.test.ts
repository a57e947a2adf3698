import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { bundledCheckpointId } from './checkpoint-id.js';

const ref = { type: 'Upscaler', name: 'bicubic', sha256: 'a'.repeat(64) };

describe('bundledCheckpointId', () => {
  it('is a UUID that depends on type, name and content, and on nothing else', () => {
    const id = bundledCheckpointId(ref);
    expect(z.uuid().parse(id)).toBe(id);
    expect(bundledCheckpointId({ ...ref })).toBe(id);
    const others = [
      { ...ref, type: 'Detector' },
      { ...ref, name: 'lanczos' },
      { ...ref, sha256: 'b'.repeat(64) },
      { ...ref, type: 'Upscalerb', name: 'icubic' },
    ].map(bundledCheckpointId);
    expect(new Set([id, ...others]).size).toBe(5);
  });
});
