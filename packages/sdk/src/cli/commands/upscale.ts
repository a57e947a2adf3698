import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { UsageError } from '../../errors.js';
import { systemCode } from '../../system-code.js';
import { clientOf, withCommonOptions, writeResult, type CommandContext, type CommonFlags } from '../command-context.js';
import { parseDuration } from '../duration.js';
import { checkOutputPath } from '../output-path.js';
import { followJob } from '../follow-job.js';
import { printable } from '../printable.js';
import { sizeText } from '../size-text.js';

interface UpscaleFlags extends CommonFlags {
  readonly output: string;
  readonly factor: number;
  readonly upscaler: string;
  readonly realTime?: boolean;
  readonly asUser?: string;
  readonly timeout: string;
}

const examples = `
Examples:
  infermesh upscale holiday.jpg -o holiday-x2.png
      doubles width and height
  infermesh upscale scan.png -o scan-x4.png --factor 4 --upscaler infermesh-photo-x2
      four times, by a checkpoint of the mesh
  infermesh upscale photo.jpg -o big.png --real-time
      holds one call until the result is there: for small images
  infermesh upscale photo.jpg -o big.png --json
      {"id":"…","output":"big.png","sizeBytes":…,"elapsedMs":…}`;

export function addUpscale(program: Command, context: CommandContext): void {
  withCommonOptions(
    program
      .command('upscale')
      .description('enlarge a photo and save the result as PNG')
      .argument('<photo>', 'a PNG, JPEG or WebP file')
      .requiredOption(
        '-o, --output <file>',
        'where the PNG goes; an earlier file is replaced once the new one is whole',
      )
      .option('--factor <number>', 'how many times wider and higher', parseFactor, 2)
      .option('--upscaler <name>', 'which upscaler: Lanczos, Nearest, or the name of a checkpoint', 'Lanczos')
      .option('--real-time', 'hold one call until the result is there, instead of asking for it')
      .option('--as-user <name>', 'act for this user; the key must be allowed to')
      .option('--timeout <duration>', 'how long to wait for the job: 90s, 15m, 1h', '15m'),
  )
    .addHelpText('after', examples)
    .action(async (photo: string, flags: UpscaleFlags) => {
      await runUpscale(context, photo, flags);
    });
}

async function runUpscale(context: CommandContext, photo: string, flags: UpscaleFlags): Promise<void> {
  const deadlineMs = parseDuration(flags.timeout) * 1000;
  await checkOutputPath(flags.output);
  if (resolve(photo) === resolve(flags.output))
    throw new UsageError('the result would replace the photo', 'Give -o another name.');
  const image = await readPhoto(photo);
  const client = await clientOf(context, flags);
  const startedAt = performance.now();
  const saved = await followJob(context, flags, async (onProgress) => {
    const { signal } = context;
    const { factor, upscaler, asUser: userId } = flags;
    const mode = flags.realTime === true ? 'Real-time' : 'Async';
    const job = await client.upscale(image, { factor, upscaler, mode, userId, deadlineMs, onProgress, signal });
    return { id: job.id, ...(await client.esd.downloadResult(job, flags.output, { onProgress, signal })) };
  });
  const result = { ...saved, output: flags.output, elapsedMs: Math.round(performance.now() - startedAt) };
  const seconds = (result.elapsedMs / 1000).toFixed(1);
  writeResult(
    context,
    flags,
    result,
    `${flags.output}  ${sizeText(saved.sizeBytes)}  in ${seconds} s  (job ${printable(saved.id)})\n`,
  );
}

async function readPhoto(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new UsageError(
      `cannot read ${path} (${systemCode(cause) ?? 'unknown cause'})`,
      'Give the path of a PNG, JPEG or WebP file.',
      { cause },
    );
  }
}

function parseFactor(text: string): number {
  const factor = Number(text);
  if (text.trim() !== '' && Number.isFinite(factor) && factor > 0) return factor;
  throw new InvalidArgumentError('Give a number above 0, for example 2.');
}
