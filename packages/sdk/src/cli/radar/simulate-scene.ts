import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeResult, type CommandContext } from '../command-context.js';
import { sizeText } from '../size-text.js';
import { StatusLine } from '../status-line.js';
import { asUsageError } from './as-usage-error.js';
import { withJsonOption, type LocalFlags } from '../local-options.js';
import { readInput, readRadarConfigFile } from './radar-files.js';

interface SimulateFlags extends LocalFlags {
  readonly output: string;
  readonly config?: string;
}

const examples = `
Examples:
  infermesh radar simulate street.json -o street
      writes street/radar/000000.bin and so on, and street/RadarConfig.json
  infermesh radar film street --config street/RadarConfig.json -o street.webp
      and this is what the radar sees

A scene, in metres and metres per second, x forward from the radar, y lateral:
  {"seed": 1, "frames": 50, "targets": [
    {"positionM": [35, -6], "velocityMps": [-8, 1], "snrDb": 33, "sizeM": [4.2, 1.8], "scatterers": 12}]}
snrDb is that of the target's cell in the spectrum of one antenna. Without sizeM a target is a point.`;

export function addSimulate(radar: Command, context: CommandContext): void {
  const command = radar
    .command('simulate')
    .description('make the frames that a radar would record of a scene')
    .argument('<scene>', 'what moves, as JSON')
    .requiredOption('-o, --output <folder>', 'where frames and configuration go; made if missing')
    .option('--config <file>', 'the radar configuration JSON (default: that of RADDet, with clusters for a street)');
  withJsonOption(command)
    .addHelpText('after', examples)
    .action(async (scene: string, flags: SimulateFlags) => {
      await simulateScene(context, scene, flags);
    });
}

async function simulateScene(context: CommandContext, path: string, flags: SimulateFlags): Promise<void> {
  const startedAt = performance.now();
  const [{ SceneSimulator, encodeFrame, parseScene, streetConfig }, { formatRadarConfig }] = await Promise.all([
    import('@infermesh/radar/sim'),
    import('@infermesh/radar'),
  ]);
  const text = await readInput(path, 'Give a scene as JSON; `infermesh radar simulate --help` shows one.');
  const scene = asUsageError(() => parseScene(text.toString('utf8')), `Correct ${path}.`);
  const config = flags.config === undefined ? streetConfig : await readRadarConfigFile(flags.config);
  const simulator = new SceneSimulator(scene, config);
  const folder = join(flags.output, 'radar');
  const configPath = join(flags.output, 'RadarConfig.json');
  await mkdir(folder, { recursive: true });
  await writeFile(configPath, formatRadarConfig(config));
  let sizeBytes = 0;
  {
    using line = flags.json === true ? null : new StatusLine(context.terminal.stderr);
    for (let frame = 0; frame < scene.frames; frame += 1) {
      context.signal.throwIfAborted();
      line?.show(`frame ${frame + 1} of ${scene.frames}`, null);
      const bytes = encodeFrame(simulator.frame(frame));
      await writeFile(join(folder, `${String(frame).padStart(6, '0')}.bin`), bytes);
      sizeBytes += bytes.length;
    }
  }
  const result = {
    folder,
    config: configPath,
    frames: scene.frames,
    sizeBytes,
    elapsedMs: Math.round(performance.now() - startedAt),
  };
  const seconds = (result.elapsedMs / 1000).toFixed(1);
  writeResult(
    context,
    flags,
    result,
    `${folder}  ${scene.frames} frames  ${sizeText(sizeBytes)}  in ${seconds} s; configuration: ${configPath}\n`,
  );
}
