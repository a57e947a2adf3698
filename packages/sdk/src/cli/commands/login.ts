import type { Command } from 'commander';
import { createClient } from '../../create-client.js';
import type { NewApiKey } from '../../auth/records.js';
import { UsageError } from '../../errors.js';
import { version } from '../../version.js';
import { configPath, saveLogin } from '../config-file.js';
import {
  connectionOf,
  warn,
  withCommonOptions,
  writeResult,
  type CommandContext,
  type CommonFlags,
} from '../command-context.js';
import { parseDuration } from '../duration.js';
import { printable } from '../printable.js';
import { readAnswer, readSecret } from '../read-secret.js';

interface LoginFlags extends CommonFlags {
  readonly name?: string;
  readonly keyName?: string;
  readonly expiresIn?: string;
}

const examples = `
The password is asked for at a terminal and not shown; from a pipe its first line is taken. What is saved is not the
password but an API key made for this machine, in ~/.config/infermesh/config.json (or under XDG_CONFIG_HOME), readable
by you alone. It is used for this gateway only. To end it: infermesh keys revoke ID.

Examples:
  infermesh login --name ada
  infermesh login --name ada --url https://mesh.example.org/prod --expires-in 30d
  infermesh login --name ada < FILE
      for scripts: FILE holds the password`;

export function addLogin(program: Command, context: CommandContext): void {
  withCommonOptions(
    program
      .command('login')
      .description('trade name and password for an API key and remember it')
      .option('--name <name>', 'your user name (asked for when left out)')
      .option('--key-name <name>', 'what the key is called in lists (default: infermesh on HOST)')
      .option('--expires-in <duration>', 'lifetime of the key: 12h, 30d'),
  )
    .addHelpText('after', examples)
    .action(async (flags: LoginFlags) => {
      await runLogin(context, flags);
    });
}

async function runLogin(context: CommandContext, flags: LoginFlags): Promise<void> {
  const { baseUrl } = await connectionOf(context, flags);
  warnOfOpenLine(context, baseUrl);
  const expiresInSeconds = flags.expiresIn === undefined ? undefined : parseDuration(flags.expiresIn);
  const name = flags.name ?? (await askName(context));
  const password = await readSecret(context.terminal, `Password of ${name}: `, context.signal);
  const client = createClient({ baseUrl, userAgent: `infermesh-cli/${version}` });
  const keyName = flags.keyName ?? `infermesh on ${context.environment.hostName}`;
  const key = await client.auth.login({ name, password, keyName, expiresInSeconds }, { signal: context.signal });
  const path = configPath(context.environment);
  await saveLogin(path, { url: baseUrl, apiKey: key.key, user: name, keyId: key.id, expiresAt: key.expiresAt });
  if (context.environment.apiKey !== undefined)
    warn(context, 'INFERMESH_API_KEY is set and goes before the key just saved');
  const { id, prefix, scopes, expiresAt } = key;
  writeResult(
    context,
    flags,
    { user: name, url: baseUrl, keyId: id, prefix, scopes, expiresAt, configFile: path },
    welcome(name, baseUrl, key, path),
  );
}

async function askName(context: CommandContext): Promise<string> {
  if (context.terminal.stdin.isTTY !== true)
    throw new UsageError('no user name', 'Give --name NAME; the password comes by the pipe.');
  return await readAnswer(context.terminal, 'Name: ', context.signal);
}

function warnOfOpenLine(context: CommandContext, baseUrl: string): void {
  const { protocol, hostname } = new URL(baseUrl);
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (protocol === 'http:' && !isLocal)
    warn(context, `the password travels to ${hostname} unencrypted; use https where it is not a trusted network`);
}

function welcome(name: string, url: string, key: NewApiKey, path: string): string {
  const until = key.expiresAt === null ? 'until it is revoked' : `until ${printable(key.expiresAt)}`;
  return `logged in to ${url} as ${name}\nkey ${printable(key.prefix)}… is good ${until}; saved in ${path}\n`;
}
