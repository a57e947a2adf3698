import { rm } from 'node:fs/promises';
import { ResourceStack } from '@infermesh/lifecycle';
import { PGlite } from '@electric-sql/pglite';
import type { ServerChildOptions } from './child-options.js';
import { claimFolder } from './folder-claim.js';
import { chooseCare, wearQuery, type TableWear } from './table-wear.js';
import { WireServer } from './wire-server.js';

const { folder, dataFolder, socketPath, idleInTransactionMs, careIntervalMs, partner } = JSON.parse(
  process.argv[2] ?? '',
) as ServerChildOptions;
process.umask(0o077);
const resources = new ResourceStack();

process.once('SIGTERM', () => void stop()).once('disconnect', () => void stop());
process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole group; the parent decides when we go
process.on('message', () => process.send?.({ type: 'pong' }));

resources.use(await claimFolder(folder, { partner }));
const database = await PGlite.create({ dataDir: dataFolder, relaxedDurability: false });
resources.defer(() => database.close());
let care: Promise<void> | undefined;
resources.defer(() => care); // it may wait for a client's transaction, which ends with the server
await rm(socketPath, { force: true });
const server = resources.use(
  new WireServer({ socketPath, idleInTransactionMs, run: runExchange, onEngineFailure: crash }),
);
await server.listen();
process.send?.({ type: 'ready' });
const careTimer = setInterval(() => {
  care ??= careForTables().finally(() => {
    care = undefined;
  });
}, careIntervalMs);
resources.defer(() => {
  clearInterval(careTimer);
});

async function runExchange(bytes: Buffer, onAnswer: (bytes: Buffer) => void): Promise<{ inTransaction: boolean }> {
  await database.runExclusive(async () => {
    await database.execProtocolRawStream(bytes, {
      onRawData: (data) => {
        onAnswer(Buffer.from(data)); // a copy: the engine uses its buffer again
      },
    });
  });
  return { inTransaction: database.isInTransaction() };
}

/** In place of autovacuum, which PGlite lacks. */
async function careForTables(): Promise<void> {
  try {
    const { isIdle } = server;
    const { rows } = await server.alone(() => database.query<TableWear>(wearQuery));
    for (const statement of chooseCare(rows, isIdle)) await server.alone(() => database.exec(statement));
  } catch (error) {
    reportRefusal(error);
  }
}

/** A full disk, for one: cleaning is tried again the next time. */
function reportRefusal(error: unknown): void {
  if (error instanceof Error && error.name === 'RuntimeError') throw error; // of WebAssembly: the engine itself
  console.error('a table could not be cleaned:', error);
}

async function stop(): Promise<void> {
  await resources[Symbol.asyncDispose]();
  // eslint-disable-next-line n/no-process-exit -- told to stop while it starts, the rest of the start must not follow
  process.exit(0);
}

/** Thrown where nobody catches: the process ends, and its parent starts another. */
function crash(error: unknown): never {
  throw new Error('the embedded engine failed', { cause: error });
}
