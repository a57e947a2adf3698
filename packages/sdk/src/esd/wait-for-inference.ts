import { setTimeout as sleep } from 'node:timers/promises';
import { DeadlineError, InferenceFailedError } from '../errors.js';
import { isFinished, type Inference } from './inference.js';
import type { OnProgress } from './progress-event.js';

export interface WaitOptions {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the end of the job. @default 900000 (15 minutes) */
  readonly deadlineMs?: number | undefined;
}

const defaultWaitMs = 900_000;
const firstPollMs = 150;
const longestPollMs = 2000;

/**
 * Asks until the job has ended: soon at first, then every two seconds at most, never all clients in step.
 *
 * @throws InferenceFailedError when it failed; DeadlineError `job` when it goes on past `deadlineMs`
 */
export async function waitForInference(
  inferenceId: string,
  get: (signal: AbortSignal) => Promise<Inference>,
  options: WaitOptions,
): Promise<Inference> {
  const startedAt = performance.now();
  const deadlineMs = options.deadlineMs ?? defaultWaitMs;
  const timeout = AbortSignal.timeout(Math.ceil(deadlineMs));
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  try {
    for (let pollMs = firstPollMs; ; pollMs = Math.min(longestPollMs, pollMs * 1.4)) {
      const inference = await get(signal);
      options.onProgress?.({ step: 'wait', inferenceId, inference, elapsedMs: performance.now() - startedAt });
      if (isFinished(inference)) return requireSuccess(inference);
      await sleep(pollMs * (0.75 + Math.random() / 2), undefined, { signal });
    }
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    if (timeout.aborted) throw stillRunning(inferenceId, deadlineMs);
    throw error;
  }
}

/** @throws InferenceFailedError when the job failed */
export function requireSuccess(inference: Inference): Inference {
  if (inference.status === 'failed')
    throw new InferenceFailedError(inference.id, inference.reason ?? 'the server gives no reason');
  return inference;
}

function stillRunning(inferenceId: string, deadlineMs: number): DeadlineError {
  return new DeadlineError(
    'job',
    `job ${inferenceId} has not ended within ${deadlineMs / 1000} s`,
    'It goes on at the server: ask for it later, or wait longer.',
  );
}
