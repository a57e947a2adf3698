import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { describeOutput } from './describe-output.js';

it.each([
  [0, true],
  [1, true],
  [256 * 1024, true],
  [256 * 1024 + 1, false],
  [2_000_000, false],
])('describes a file of %d bytes', async (sizeBytes, isHeld) => {
  const folder = await mkdtemp(join(tmpdir(), 'output-'));
  try {
    const path = join(folder, 'output');
    const bytes = randomBytes(sizeBytes);
    await writeFile(path, bytes);
    const output = { name: 'output', path, mediaType: 'image/png' };
    const described = await describeOutput(output);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(described).toMatchObject({ ...output, sizeBytes, sha256 });
    expect(described.bytes?.equals(bytes)).toBe(isHeld ? true : undefined);
  } finally {
    await rm(folder, { recursive: true });
  }
});
