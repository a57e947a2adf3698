import type { Readable, Writable } from 'node:stream';

/** The parts of a terminal, or of the pipes in its place, that the commands use. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(mode: boolean): unknown };
  /** Results, and nothing else. */
  readonly stdout: Writable;
  /** Progress, warnings and errors. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}
