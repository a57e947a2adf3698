import { ApiError, InferenceFailedError, InfermeshError } from '../errors.js';
import { Interrupted } from './interrupted.js';
import { printable } from './printable.js';
import type { Terminal } from './terminal.js';

/** Writes an error for people: what happened, what to do next, what to quote. */
export function reportError({ stderr }: Terminal, error: unknown): void {
  const lines = [`infermesh: ${printable(messageOf(error))}`];
  if (error instanceof ApiError && error.field !== undefined) lines.push(`  field: ${printable(error.field)}`);
  if (error instanceof InfermeshError) lines.push(`  ${printable(error.hint)}`);
  if (error instanceof ApiError && error.requestId !== undefined)
    lines.push(`  request id: ${printable(error.requestId)}`);
  const jobId = jobUnderWay(error);
  if (jobId !== undefined)
    lines.push(`  Job ${printable(jobId)} is at the server; see it with: infermesh jobs get ${printable(jobId)}`);
  stderr.write(`${lines.join('\n')}\n`);
}

/** Writes an error for machines: one JSON object on one line. */
export function reportErrorAsJson({ stderr }: Terminal, error: unknown): void {
  const fields = error instanceof ApiError ? apiFields(error) : {};
  const kind = error instanceof Error ? error.name : 'Error';
  const hint = error instanceof InfermeshError ? error.hint : undefined;
  stderr.write(
    `${JSON.stringify({ error: { kind, message: messageOf(error), hint, id: jobOf(error), ...fields } })}\n`,
  );
}

function apiFields({ status, code, field, requestId, retryAfterMs }: ApiError): object {
  return { status, code, field, requestId, retryAfterMs };
}

function jobOf(error: unknown): string | undefined {
  return error instanceof InfermeshError || error instanceof Interrupted ? error.inferenceId : undefined;
}

/** Undefined for a failed job, which has said all there is. */
function jobUnderWay(error: unknown): string | undefined {
  return error instanceof InferenceFailedError ? undefined : jobOf(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
