import type { Bench, Topology } from './bench.js';
import type { Random } from './random.js';

export interface Injected {
  /** What the seed chose, for the table: which worker, which service. */
  readonly detail: string;
  /** Ends the fault. What repairs itself does nothing here. */
  readonly heal: () => Promise<void>;
}

/** Something that goes wrong under load. */
export interface Fault {
  readonly name: string;
  readonly topologies: readonly Topology[];
  /** How long it lasts. */
  readonly holdMs: number;
  /** After it has ended: new calls are served, and every job that was accepted before has ended. */
  readonly recoverWithinMs: number;
  /** True where clients lose their connections: a call on a broken connection has had no chance of an answer. */
  readonly breaksConnections?: boolean;
  /** @throws Error when it could not be injected, which fails the run */
  readonly inject: (bench: Bench, random: Random) => Promise<Injected>;
}

/** Recovery as promised: most faults, and those after which clocks or frozen processes must be sorted out. */
export const soonMs = 10_000;
export const lateMs = 60_000;

export const nothingToHeal = (): Promise<void> => Promise.resolve();
