import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from './bench.js';
import { countUnended } from './records.js';
import type { Tally } from './tally.js';

export interface Recovery {
  /** From the end of the fault until all three signs have been seen. */
  readonly ms: number;
  /** When each was seen. */
  readonly signs: string;
}

const lookEveryMs = 100;
/** Watched beyond what is promised, so that the table shows how late it was. */
const patienceMs = 120_000;

/**
 * After a fault has ended: a new attached call is answered, a new durable job succeeds, and all that had been accepted
 * before the end of the fault has ended.
 */
export async function watchRecovery(bench: Bench, tally: Tally): Promise<Recovery> {
  const accepted = tally.accepted.filter(({ deleted }) => !deleted).map(({ id }) => id);
  const signs = {
    'an attached call is answered': () => isAttachedAnswered(bench),
    'a durable job succeeds': () => isDurableDone(bench),
    'earlier jobs have ended': async () => (await countUnended(bench.database, accepted)) === 0,
  };
  const began = performance.now();
  const seen = await Promise.all(
    Object.entries(signs).map(async ([name, look]) => {
      while (performance.now() - began < patienceMs) {
        if (await look().catch(() => false)) return `${name} after ${Math.round(performance.now() - began)} ms`;
        await delay(lookEveryMs);
      }
      return `${name} not within ${patienceMs} ms`;
    }),
  );
  return { ms: Math.round(performance.now() - began), signs: seen.join('; ') };
}

async function isAttachedAnswered({ toys }: Bench): Promise<boolean> {
  return (await toys.perform('toy-echo', { probe: true }, 2_000)).status === 200;
}

async function isDurableDone({ toys }: Bench): Promise<boolean> {
  const id = await toys.submit('toy-echo', { probe: true });
  return (await toys.untilEnded(id, 5_000)).state === 'succeeded';
}
