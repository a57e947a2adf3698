import { createHash } from 'node:crypto';
import type { CheckpointFile } from './checkpoint-file.js';

/** What a model process is started for: one runtime, one set of checkpoints, one set of options. */
export interface ModelDescription {
  readonly kind: string;
  /** Absolute path of the compiled file that calls `serveRuntime`. */
  readonly entry: string;
  readonly options: unknown;
  readonly checkpoints: Readonly<Record<string, CheckpointFile>>;
}

/** The same for descriptions that one process can serve: kind, options, names and digests of checkpoints; not their paths. */
export function modelKey({ kind, options, checkpoints }: ModelDescription): string {
  const digests = Object.fromEntries(Object.entries(checkpoints).map(([name, { sha256 }]) => [name, sha256]));
  const text = JSON.stringify({ kind, options, digests }, sortedKeys);
  return `${kind}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

/** A `JSON.stringify` replacer: two objects with the same entries become the same text. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
