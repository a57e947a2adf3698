import { InfermeshError } from '../errors.js';
import type { OnProgress } from '../esd/progress-event.js';
import type { CommandContext, CommonFlags } from './command-context.js';
import { Interrupted } from './interrupted.js';
import { ProgressLine } from './progress-line.js';

/** Shows the progress of `work` and clears it again. An error leaves with the id of the job it broke off. */
export async function followJob<T>(
  context: CommandContext,
  flags: CommonFlags,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  using line = flags.json === true ? null : new ProgressLine(context.terminal.stderr);
  let inferenceId: string | undefined;
  try {
    return await work((event) => {
      if (event.step !== 'create') inferenceId = event.inferenceId;
      line?.show(event);
    });
  } catch (error) {
    if (error instanceof InfermeshError || error instanceof Interrupted) error.inferenceId ??= inferenceId;
    throw error;
  }
}
