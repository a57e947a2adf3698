import { rename, rm } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import type { InitChildOptions } from './child-options.js';
import { claimFolder } from './folder-claim.js';

// A process of its own: initdb leaves 0.8 GB behind, and it runs fastest on V8's baseline compiler, which suits no server.
const { folder, dataFolder, partner } = JSON.parse(process.argv[2] ?? '') as InitChildOptions;
process.umask(0o077);
const onOrphaned = (): never => {
  throw new Error('the process that asked for it has ended');
};
process.once('disconnect', onOrphaned);

await using _claim = await claimFolder(folder, { partner });
const unfinished = `${dataFolder}.unfinished`;
await rm(unfinished, { recursive: true, force: true });
const database = await PGlite.create({ dataDir: unfinished, initDbStartParams: ['--no-sync'] });
await database.close();
await rename(unfinished, dataFolder);
process.off('disconnect', onOrphaned).disconnect();
