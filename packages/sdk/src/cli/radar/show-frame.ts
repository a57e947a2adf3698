import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Command } from 'commander';
import { writeResult, type CommandContext } from '../command-context.js';
import { checkOutputPath } from '../output-path.js';
import { FrameFollower } from './frame-follower.js';
import { withJsonOption } from '../local-options.js';
import { parseCount, withProfileOption, type ProcessingFlags } from './local-options.js';
import { framesUpTo, readRadarConfigFile } from './radar-files.js';

interface ShowFlags extends ProcessingFlags {
  readonly history: number;
}

const examples = `
Examples:
  infermesh radar show street/radar/000012.bin --config street/RadarConfig.json -o frame.png
      the range-Doppler map with points, clusters and tracks, and the same from above
  infermesh radar show street/radar/000012.bin --config street/RadarConfig.json -o frame.svg --history 0
      the frame alone, as SVG: no track is active after one frame`;

export function addShow(radar: Command, context: CommandContext): void {
  const command = radar
    .command('show')
    .description('draw what the radar sees in one frame')
    .argument('<frame>', 'a radar frame (.bin)')
    .requiredOption('--config <file>', 'the radar configuration JSON')
    .requiredOption('-o, --output <file>', 'where the picture goes: .png or .svg')
    .option('--history <count>', 'frames before it in its folder that the tracks come from', parseCount, 20);
  withJsonOption(withProfileOption(command))
    .addHelpText('after', examples)
    .action(async (frame: string, flags: ShowFlags) => {
      await showFrame(context, frame, flags);
    });
}

async function showFrame(context: CommandContext, frame: string, flags: ShowFlags): Promise<void> {
  await checkOutputPath(flags.output, ['png', 'svg']);
  const config = await readRadarConfigFile(flags.config);
  const paths = await framesUpTo(frame, flags.history);
  using follower = await FrameFollower.create(config, flags.profile);
  let picture = null;
  for (const path of paths) {
    context.signal.throwIfAborted();
    picture = await follower.next(path);
  }
  if (picture === null) throw new Error('no frame was worked on');
  const { drawFrame } = await import('@infermesh/radar/picture');
  const svg = drawFrame(picture);
  await writeFile(flags.output, extname(flags.output).toLowerCase() === '.svg' ? svg : await toPng(svg));
  const { points, clusters, tracks } = picture.result;
  writeResult(
    context,
    flags,
    { output: flags.output, points, clusters, tracks },
    `${flags.output}  ${picture.title}: ${picture.subtitle}\n`,
  );
}

async function toPng(svg: string): Promise<Buffer> {
  const { encodePng, rasteriseDrawing } = await import('@infermesh/media');
  return encodePng(await rasteriseDrawing(svg));
}
