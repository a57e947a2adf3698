import { Command, CommanderError } from 'commander';
import { version } from '../version.js';
import type { CommandContext, CommandLineEnvironment } from './command-context.js';
import { addCheckpoints } from './commands/checkpoints.js';
import { addEndpoints } from './commands/endpoints.js';
import { addJobs } from './commands/jobs.js';
import { addKeys } from './commands/keys.js';
import { addLogin } from './commands/login.js';
import { addPing } from './commands/ping.js';
import { addRadar } from './commands/radar.js';
import { addUpscale } from './commands/upscale.js';
import { addUsers } from './commands/users.js';
import { exitCodeHelp, exitCodeOf, exitCodes } from './exit-code.js';
import { reportError, reportErrorAsJson } from './report-error.js';
import type { Terminal } from './terminal.js';

export interface CommandLine {
  /** What follows the name of the command. */
  readonly args: readonly string[];
  readonly environment: CommandLineEnvironment;
  readonly terminal: Terminal;
  /** Aborted, with an Interrupted as its reason, when the user stops the command. */
  readonly signal: AbortSignal;
}

const help = `
First steps:
  infermesh login --name admin            remembers a key for this machine
  infermesh ping                          is the gateway there, does it take the key
  infermesh upscale photo.jpg -o big.png  twice as wide and high

Settings, the first that is there counts:
  gateway   --url, INFERMESH_URL, the saved login, http://127.0.0.1:8600/prod
  key       --key, INFERMESH_API_KEY, the saved login (for its own gateway only)
${exitCodeHelp}`;

/** Runs one command. @returns the exit code of the process; never throws */
export async function runCommandLine({ args, environment, terminal, signal }: CommandLine): Promise<number> {
  try {
    await createProgram({ terminal, environment, signal }).parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (args.includes('--json')) reportErrorAsJson(terminal, error);
    else reportError(terminal, error);
    return exitCodeOf(error);
  }
}

function createProgram(context: CommandContext): Command {
  const program = new Command('infermesh');
  // Both are inherited by the commands that are added after them.
  program.exitOverride().configureOutput({
    writeOut: (text) => void context.terminal.stdout.write(text),
    writeErr: (text) => void context.terminal.stderr.write(text),
  });
  program
    .description(
      'Talk to an infermesh gateway: run jobs, manage model files, keys and users. Draw what a radar sees, check endpoint files.',
    )
    .version(version, '-V, --version')
    .showHelpAfterError('(infermesh --help, or infermesh COMMAND --help, tells more)')
    .addHelpText('after', help);
  for (const add of [addUpscale, addJobs, addCheckpoints, addLogin, addPing, addKeys, addUsers, addRadar, addEndpoints])
    add(program, context);
  return program;
}
