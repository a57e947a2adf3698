import { ApiError, ConnectionError, DeadlineError, UsageError } from '../errors.js';
import { Interrupted } from './interrupted.js';

export const exitCodes = { ok: 0, failed: 1, usage: 2, unreachable: 3, notAllowed: 4 } as const;

export const exitCodeHelp = `
Exit codes:
  0  done
  1  the job failed, the server refused the request, or a checked file has mistakes
  2  the command line, a setting or a file is not right; nothing was sent
  3  the server cannot be reached, or does not answer in time
  4  not allowed: no key, a key that is not accepted, or one without the permission
  130 stopped by Ctrl-C`;

/** What the process tells its caller about an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof ConnectionError) return exitCodes.unreachable;
  if (error instanceof DeadlineError) return error.waitedFor === 'call' ? exitCodes.unreachable : exitCodes.failed;
  if (error instanceof ApiError) return apiExitCode(error);
  return exitCodes.failed;
}

function apiExitCode({ status, code }: ApiError): number {
  if (code === 'STORAGE_REFUSED') return exitCodes.failed;
  if (status === 401 || status === 403) return exitCodes.notAllowed;
  return status >= 502 && status <= 504 ? exitCodes.unreachable : exitCodes.failed;
}
