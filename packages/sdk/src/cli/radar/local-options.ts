import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RadarProfile } from '@infermesh/radar';
import type { LocalFlags } from '../local-options.js';

export interface ProcessingFlags extends LocalFlags {
  readonly config: string;
  readonly output: string;
  readonly profile: RadarProfile;
}

export function withProfileOption(command: Command): Command {
  const profile = new Option('--profile <name>', 'rules of the processing: as the public service, or as configured');
  return command.addOption(profile.choices(['compatible', 'correct']).default('compatible'));
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/u.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('Give a whole number, 0 or more.');
}
