import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { Animation, AnimationFormat } from '@infermesh/media';
import { UsageError } from '../../errors.js';
import { writeResult, type CommandContext } from '../command-context.js';
import { checkOutputPath } from '../output-path.js';
import { sizeText } from '../size-text.js';
import { StatusLine } from '../status-line.js';
import { FrameFollower } from './frame-follower.js';
import { withJsonOption } from '../local-options.js';
import { parseCount, withProfileOption, type ProcessingFlags } from './local-options.js';
import { frameName, listFrames, readRadarConfigFile } from './radar-files.js';

interface FilmFlags extends ProcessingFlags {
  readonly rate?: number;
  readonly limit?: number;
}

const formats = ['webp', 'gif', 'png'] as const satisfies readonly AnimationFormat[];

const examples = `
Examples:
  infermesh radar film street --config street/RadarConfig.json -o street.webp
      all frames of street/radar, as fast as the radar took them
  infermesh radar film street/radar --config street/RadarConfig.json -o street.gif --rate 5 --limit 30
      the first 30, at five a second`;

export function addFilm(radar: Command, context: CommandContext): void {
  const command = radar
    .command('film')
    .description('draw the frames of a folder as a moving picture')
    .argument('<folder>', 'a folder with radar frames (.bin), or the one above it')
    .requiredOption('--config <file>', 'the radar configuration JSON')
    .requiredOption('-o, --output <file>', 'where the film goes: .webp (small), .gif or .png (exact, large)')
    .option('--rate <number>', 'pictures a second (default: those of the radar)', parseRate)
    .option('--limit <count>', 'no more frames than this', parseCount);
  withJsonOption(withProfileOption(command))
    .addHelpText('after', examples)
    .action(async (folder: string, flags: FilmFlags) => {
      await filmFrames(context, folder, flags);
    });
}

async function filmFrames(context: CommandContext, folder: string, flags: FilmFlags): Promise<void> {
  const startedAt = performance.now();
  const format = formatOf(flags.output);
  await checkOutputPath(flags.output, formats);
  const config = await readRadarConfigFile(flags.config);
  const paths = (await listFrames(folder)).slice(0, flags.limit);
  if (paths.length === 0) throw new UsageError('a film of no frames', 'Give --limit 1 or more.');
  const frameMs = 1000 / (flags.rate ?? config.basic.framesPerSecond);
  using follower = await FrameFollower.create(config, flags.profile);
  const film = await drawAll(context, flags, paths, follower, format, frameMs);
  await writeFile(flags.output, film);
  const elapsedMs = Math.round(performance.now() - startedAt);
  writeResult(
    context,
    flags,
    { output: flags.output, frames: paths.length, sizeBytes: film.length, elapsedMs },
    `${flags.output}  ${paths.length} frames  ${sizeText(film.length)}  in ${(elapsedMs / 1000).toFixed(1)} s\n`,
  );
}

async function drawAll(
  context: CommandContext,
  flags: FilmFlags,
  paths: readonly string[],
  follower: FrameFollower,
  format: AnimationFormat,
  frameMs: number,
): Promise<Buffer> {
  const [{ drawFrame }, { createAnimation, rasteriseDrawing }] = await Promise.all([
    import('@infermesh/radar/picture'),
    import('@infermesh/media'),
  ]);
  using line = flags.json === true ? null : new StatusLine(context.terminal.stderr);
  let film: Animation | null = null;
  for (const [index, path] of paths.entries()) {
    context.signal.throwIfAborted();
    line?.show(progressText(index, paths), isMilestone(index, paths.length) ? progressText(index, paths) : null);
    const picture = await rasteriseDrawing(drawFrame(await follower.next(path)));
    film ??= createAnimation(format, { width: picture.width, height: picture.height, frameMs });
    await film.add(picture);
  }
  if (film === null) throw new Error('no frame was drawn');
  return film.finish();
}

function progressText(index: number, paths: readonly string[]): string {
  const percent = Math.round((100 * index) / paths.length);
  return `frame ${frameName(paths[index] ?? '')}, ${index + 1} of ${paths.length}, ${percent} %`;
}

/** A log gets ten lines, not one a frame. */
function isMilestone(index: number, count: number): boolean {
  return Math.floor((10 * index) / count) !== Math.floor((10 * (index - 1)) / count);
}

function formatOf(path: string): AnimationFormat {
  const extension = extname(path).slice(1).toLowerCase();
  const format = formats.find((candidate) => candidate === extension);
  if (format !== undefined) return format;
  throw new UsageError(`a film cannot be a .${extension}`, 'End the name of the output with .webp, .gif or .png.');
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (text.trim() !== '' && rate > 0 && rate <= 50) return rate;
  throw new InvalidArgumentError('Give a number above 0, at most 50.');
}
