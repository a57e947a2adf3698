import type { Command } from 'commander';
import { createClient, type Client } from '../create-client.js';
import { version } from '../version.js';
import { configPath, findSavedLogin, isExposed, type ConfigHome } from './config-file.js';
import { resolveConnection, type Connection, type ConnectionFlags, type ConnectionVariables } from './settings.js';
import type { Terminal } from './terminal.js';

export interface CommandLineEnvironment extends ConnectionVariables, ConfigHome {
  /** Names this machine in the list of keys. */
  readonly hostName: string;
}

/** What every command is handed. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: CommandLineEnvironment;
  readonly signal: AbortSignal;
}

export interface CommonFlags extends ConnectionFlags {
  readonly json?: boolean;
}

/** Adds the options that every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--url <url>', 'address of the gateway (else INFERMESH_URL, the saved login, http://127.0.0.1:8600/prod)')
    .option('--key <key>', 'API key (else INFERMESH_API_KEY, the saved login); other users of this machine can see it')
    .option('--json', 'one JSON object on stdout, errors as JSON on stderr, no progress');
}

export async function connectionOf(context: CommandContext, flags: CommonFlags): Promise<Connection> {
  const path = configPath(context.environment);
  const saved = await findSavedLogin(path);
  const connection = resolveConnection(flags, context.environment, saved);
  if (saved !== null && connection.apiKey === saved.apiKey && (await isExposed(path))) {
    warn(context, `other users can read ${path}; correct it with: chmod 600 ${path}`);
  }
  return connection;
}

export async function clientOf(context: CommandContext, flags: CommonFlags): Promise<Client> {
  return createClient({ ...(await connectionOf(context, flags)), userAgent: `infermesh-cli/${version}` });
}

/** Writes the result of a command: `value` as JSON when asked for, else `text`. */
export function writeResult({ terminal }: CommandContext, flags: CommonFlags, value: unknown, text: string): void {
  terminal.stdout.write(flags.json === true ? `${JSON.stringify(value)}\n` : text);
}

export function warn({ terminal }: CommandContext, message: string): void {
  terminal.stderr.write(`infermesh: warning: ${message}\n`);
}
