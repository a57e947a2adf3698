import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RadarProfile } from '@infermesh/radar';

/** Commands that talk to no gateway have these alone. */
export interface LocalFlags {
  readonly json?: boolean;
}

export interface ProcessingFlags extends LocalFlags {
  readonly config: string;
  readonly output: string;
  readonly profile: RadarProfile;
}

export function withJsonOption(command: Command): Command {
  return command.option('--json', 'one JSON object on stdout, errors as JSON on stderr, no progress');
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
