import { MeshError } from '@infermesh/errors';

/** Why a call ends without its answer: its time is over. */
export function overdue(): MeshError {
  return new MeshError('DEADLINE_EXCEEDED', 'the call was not answered before its deadline');
}

/** Why a call ends without its answer: nobody waits for it. */
export function callerLeft(signal: AbortSignal | undefined): MeshError {
  return new MeshError('CANCELLED', 'the caller left', { cause: signal?.reason });
}
