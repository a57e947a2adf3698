import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from '@jest/globals';
import { SpaceGuard } from './space-guard.js';

it('counts what is being written, until it has ended', async () => {
  const { bavail, bsize } = await statfs(tmpdir());
  const guard = new SpaceGuard(tmpdir(), 0);
  // Other processes write meanwhile: three quarters fit once, whatever they do, and not twice.
  const mostBytes = Math.floor(bavail * bsize * 0.75);
  {
    using _first = await guard.reserve(mostBytes);
    await expect(guard.reserve(mostBytes)).rejects.toMatchObject({ code: 'InsufficientStorage' });
  }
  using _second = await guard.reserve(mostBytes);
});

it('keeps something free by default', async () => {
  const { bavail, bsize } = await statfs(tmpdir());
  const guard = new SpaceGuard(tmpdir(), undefined);
  await expect(guard.reserve(bavail * bsize)).rejects.toMatchObject({ code: 'InsufficientStorage' });
  using _little = await guard.reserve(1);
});
