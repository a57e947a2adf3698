/** What a log line says of an error. */
export interface ErrorRecord {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: ErrorRecord;
}

const deepestCause = 5;

/**
 * The named fields and no others: libraries hang whatever they like on their errors, ioredis for one the arguments of the
 * failed command, which for HELLO and AUTH are the password.
 *
 * @param error anything that was thrown; of what is not an Error only its type is told, unless it is a text
 */
export function errorRecord(error: unknown): ErrorRecord {
  return recordOf(error, 0);
}

function recordOf(error: unknown, depth: number): ErrorRecord {
  if (!(error instanceof Error)) {
    return { type: typeof error, message: typeof error === 'string' ? error : 'not an Error' };
  }
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(error.cause !== undefined && depth < deepestCause && { cause: recordOf(error.cause, depth + 1) }),
  };
}
