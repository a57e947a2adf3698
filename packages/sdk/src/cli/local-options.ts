import type { Command } from 'commander';

/** Commands that talk to no gateway have these alone. */
export interface LocalFlags {
  readonly json?: boolean;
}

export function withJsonOption(command: Command): Command {
  return command.option('--json', 'one JSON object on stdout, errors as JSON on stderr, no progress');
}
