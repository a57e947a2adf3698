import { MeshError } from '@infermesh/errors';
import { UsageError } from '../../errors.js';

const inputCodes: ReadonlySet<string> = new Set(['CONFIG_INVALID', 'PAYLOAD_INVALID']);

/** What the radar room refuses in a file is the user's to correct. @throws UsageError */
export function asUsageError<Result>(action: () => Result, hint: string): Result {
  try {
    return action();
  } catch (error) {
    throw translated(error, hint);
  }
}

/** The same for work that takes time. @throws UsageError */
export async function asUsageErrorLater<Result>(action: () => Promise<Result>, hint: string): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw translated(error, hint);
  }
}

function translated(error: unknown, hint: string): unknown {
  const isInput = error instanceof MeshError && inputCodes.has(error.code);
  return isInput ? new UsageError(error.message, hint, { cause: error }) : error;
}
