import { errorCodes, isErrorCode, type ErrorCode } from './codes.js';

export interface MeshErrorOptions {
  readonly cause?: unknown;
  /** Seconds after which a retryable request is worth repeating; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** The field at fault, as the caller wrote it, for example `image` or `models.embeddings`. */
  readonly field?: string;
  /** What the message is about, one by one, for a dialect with words of its own: the permissions that are missing, a limit. */
  readonly details?: readonly string[];
}

/** The one error that crosses a room's border. The message is for the person who made the request and holds no secret. */
export class MeshError extends Error {
  override readonly name = 'MeshError';
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number | undefined;
  readonly field: string | undefined;
  readonly details: readonly string[];

  constructor(code: ErrorCode, message: string, options: MeshErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.field = options.field;
    this.details = options.details ?? [];
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** The form in which an error travels between processes. */
export interface ErrorDto {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly field?: string | undefined;
  readonly details?: readonly string[] | undefined;
}

/** What the system answers when disk, quota or file handles are used up: nobody's fault, and it passes. */
const exhaustedCodes: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'];

/** True when the machine that raised the error had no room left. */
export function isExhausted(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && exhaustedCodes.includes(error.code);
}

/**
 * A foreign error becomes INTERNAL, or SERVICE_UNAVAILABLE where the machine had no room left. Either has a fixed sentence:
 * the error's own text may hold paths or secrets, so it stays in the cause.
 */
export function toMeshError(error: unknown): MeshError {
  if (error instanceof MeshError) return error;
  if (isExhausted(error)) {
    return new MeshError('SERVICE_UNAVAILABLE', 'the machine that did this has no room left on its disk', {
      cause: error,
    });
  }
  return new MeshError('INTERNAL', 'an internal error occurred; the log of the service has the cause', {
    cause: error,
  });
}

export function toErrorDto(error: unknown): ErrorDto {
  const { code, message, retryAfterSeconds, field, details } = toMeshError(error);
  return { code, message, retryAfterSeconds, field, ...(details.length === 0 ? {} : { details }) };
}

/** An unknown code (a newer peer) is read as INTERNAL, so that a mixed deployment still answers. */
export function fromErrorDto(dto: {
  code: string;
  message: string;
  retryAfterSeconds?: number | undefined;
  field?: string | undefined;
  details?: readonly string[] | undefined;
}): MeshError {
  return new MeshError(isErrorCode(dto.code) ? dto.code : 'INTERNAL', dto.message, {
    ...(dto.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: dto.retryAfterSeconds }),
    ...(dto.field === undefined ? {} : { field: dto.field }),
    ...(dto.details === undefined ? {} : { details: dto.details }),
  });
}
