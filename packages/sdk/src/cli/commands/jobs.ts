import { Option, type Command } from 'commander';
import type { Inference } from '../../esd/inference.js';
import { requireSuccess } from '../../esd/wait-for-inference.js';
import { clientOf, withCommonOptions, writeResult, type CommandContext, type CommonFlags } from '../command-context.js';
import { parseDuration } from '../duration.js';
import { followJob } from '../follow-job.js';
import { checkOutputPath } from '../output-path.js';
import { printable } from '../printable.js';

interface GetFlags extends CommonFlags {
  readonly wait?: boolean;
  readonly output?: string;
  readonly timeout: string;
}

const examples = `
Examples:
  infermesh jobs get 0199c0de-5eed-7000-8000-000000000001
      its state now; the exit code is 1 when it has failed
  infermesh jobs get 0199c0de-5eed-7000-8000-000000000001 -o big.png
      waits for its end and saves the result: takes up an upscale that was broken off`;

export function addJobs(program: Command, context: CommandContext): void {
  const jobs = program.command('jobs').description('look at jobs');
  withCommonOptions(
    jobs
      .command('get')
      .description('show a job, wait for it, save its result')
      .argument('<id>', 'id of the job')
      .option('--wait', 'wait until it has ended')
      .addOption(new Option('-o, --output <file>', 'wait, then save the first image here').implies({ wait: true }))
      .option('--timeout <duration>', 'how long to wait: 90s, 15m, 1h', '15m'),
  )
    .addHelpText('after', examples)
    .action(async (id: string, flags: GetFlags) => {
      await runGet(context, id, flags);
    });
}

async function runGet(context: CommandContext, id: string, flags: GetFlags): Promise<void> {
  const deadlineMs = parseDuration(flags.timeout) * 1000;
  if (flags.output !== undefined) await checkOutputPath(flags.output);
  const client = await clientOf(context, flags);
  const job = await followJob(context, flags, async (onProgress) => {
    const { signal } = context;
    if (flags.wait !== true) return await client.esd.getInference(id, { signal });
    const ended = await client.esd.waitForInference(id, { deadlineMs, onProgress, signal });
    if (flags.output !== undefined) await client.esd.downloadResult(ended, flags.output, { onProgress, signal });
    return ended;
  });
  writeResult(context, flags, job, describe(job, flags.output));
  requireSuccess(job);
}

function describe(job: Inference, output: string | undefined): string {
  const rows: readonly (readonly [string, string | null])[] = [
    ['job', job.id],
    ['state', job.status],
    ['task', job.taskType],
    ['created', job.createTime],
    ['completed', job.completeTime],
    ['images', job.imageNames.join(', ') || null],
    ['saved', output ?? null],
  ];
  return rows.map(([label, value]) => (value === null ? '' : `${label.padEnd(10)}${printable(value)}\n`)).join('');
}
