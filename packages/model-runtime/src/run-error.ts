import { inspect } from 'node:util';
import { isExhausted, MeshError, toMeshError } from '@infermesh/errors';

const maxDetailLength = 4000;

/** What an error from a runtime's `run` means to the caller. Its own text may hold paths and stays in the log. */
export function toRunError(error: unknown): MeshError {
  if (error instanceof MeshError || isExhausted(error)) return toMeshError(error);
  if (isAllocationFailure(error))
    return new MeshError('OUT_OF_MEMORY', 'the model needs more memory than there is', { cause: error });
  return new MeshError('MODEL_FAILED', 'the model raised an error while it ran', { cause: error });
}

/** What an error from a runtime's `load` means to the caller. */
export function toLoadError(error: unknown): MeshError {
  if (error instanceof MeshError || isExhausted(error)) return toMeshError(error);
  if (isAllocationFailure(error))
    return new MeshError('OUT_OF_MEMORY', 'the checkpoint needs more memory than there is', { cause: error });
  return new MeshError('CHECKPOINT_CORRUPT', 'the checkpoint cannot be loaded', { cause: error });
}

/** The whole story, for the log. */
export function errorDetail(error: unknown): string {
  return inspect(error).slice(0, maxDetailLength);
}

function isAllocationFailure(error: unknown): boolean {
  return (
    error instanceof Error &&
    /bad_alloc|failed to allocate|out of memory|array buffer allocation failed/iu.test(error.message)
  );
}
