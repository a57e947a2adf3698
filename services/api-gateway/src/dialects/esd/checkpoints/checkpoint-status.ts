import type { CheckpointStatus } from '@infermesh/contracts';
import { z } from 'zod';

/** ESD's words; `Failed` is ours: ESD drops what it cannot import in silence. */
export const esdCheckpointStatus = z.enum(['Initial', 'Active', 'Disabled', 'Failed']);
export type EsdCheckpointStatus = z.infer<typeof esdCheckpointStatus>;

const words: Record<CheckpointStatus, EsdCheckpointStatus> = {
  initial: 'Initial',
  active: 'Active',
  disabled: 'Disabled',
  failed: 'Failed',
};

export function toStatusWord(status: CheckpointStatus): EsdCheckpointStatus {
  return words[status];
}

/** Undefined for a word that is none of ESD's. */
export function findStatus(word: string): CheckpointStatus | undefined {
  return (Object.keys(words) as CheckpointStatus[]).find((status) => words[status] === word);
}
