/** What every failure of this client has in common: a message that says what happened and a hint that says what to do. */
export abstract class InfermeshError extends Error {
  /** One sentence for the caller: what to do next. */
  readonly hint: string;
  /** The job that this call had made before it failed; it may go on at the server. */
  inferenceId: string | undefined = undefined;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

export interface ApiErrorFields {
  /** HTTP status of the answer. */
  readonly status: number;
  readonly message: string;
  readonly hint: string;
  /** The mesh's own error code, where the route sends one; `UNEXPECTED_ANSWER` when the answer cannot be read. */
  readonly code?: string | undefined;
  /** The field of the request at fault. */
  readonly field?: string | undefined;
  /** What to quote to an operator. */
  readonly requestId?: string | undefined;
  /** How long the server asks to wait before the next try. */
  readonly retryAfterMs?: number | undefined;
}

/** The server answered, and the answer is no. */
export class ApiError extends InfermeshError {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string | undefined;
  readonly field: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(fields: ApiErrorFields, options?: ErrorOptions) {
    super(fields.message, fields.hint, options);
    this.status = fields.status;
    this.code = fields.code;
    this.field = fields.field;
    this.requestId = fields.requestId;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

/** No answer, or an answer that broke off: the server is not there, the name does not resolve, the line was cut. */
export class ConnectionError extends InfermeshError {
  override readonly name = 'ConnectionError';
}

/** The call, or the job that was waited for, took longer than its deadline. */
export class DeadlineError extends InfermeshError {
  override readonly name = 'DeadlineError';
  /** `call`: the server did not answer in time. `job`: it answers, but the job has not ended yet. */
  readonly waitedFor: 'call' | 'job';

  constructor(waitedFor: 'call' | 'job', message: string, hint: string, options?: ErrorOptions) {
    super(message, hint, options);
    this.waitedFor = waitedFor;
  }
}

/** The job ended without a result. */
export class InferenceFailedError extends InfermeshError {
  override readonly name = 'InferenceFailedError';
  /** The server's own words, from `sagemakerRaw`. */
  readonly reason: string;

  constructor(inferenceId: string, reason: string) {
    super(
      `job ${inferenceId} failed: ${reason}`,
      'Correct what the reason names and send the job again; a failed job is not repeated.',
    );
    this.inferenceId = inferenceId;
    this.reason = reason;
  }
}

/** An argument or a setting is wrong; nothing was sent. */
export class UsageError extends InfermeshError {
  override readonly name = 'UsageError';
}
