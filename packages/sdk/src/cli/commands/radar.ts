import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { addFilm } from '../radar/film-frames.js';
import { addShow } from '../radar/show-frame.js';
import { addSimulate } from '../radar/simulate-scene.js';

export function addRadar(program: Command, context: CommandContext): void {
  const radar = program.command('radar').description('simulate, draw and film radar frames, on this machine');
  for (const add of [addSimulate, addShow, addFilm]) add(radar, context);
}
