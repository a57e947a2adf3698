import type { Command } from 'commander';
import type { ApiKeyInfo } from '../../auth/records.js';
import { collect } from '../collect.js';
import { clientOf, withCommonOptions, writeResult, type CommandContext, type CommonFlags } from '../command-context.js';
import { parseDuration } from '../duration.js';
import { printable } from '../printable.js';
import { table } from '../table.js';

interface CreateFlags extends CommonFlags {
  readonly scope?: readonly string[];
  readonly expiresIn?: string;
  readonly user?: string;
}

const examples = `
Examples:
  infermesh keys create ci --expires-in 30d --scope inference:all
      prints the new key, this once; store it now
  infermesh keys list
  infermesh keys revoke 0199c0de-5eed-7000-8000-000000000001`;

export function addKeys(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description('make, list and revoke API keys').addHelpText('after', examples);
  addCreate(keys, context);
  addList(keys, context);
  addRevoke(keys, context);
}

function addCreate(keys: Command, context: CommandContext): void {
  withCommonOptions(
    keys
      .command('create')
      .description('make an API key and print it, this once')
      .argument('<name>', 'what the key is called in lists')
      .option(
        '--scope <permission>',
        'what it may do, such as inference:all; may be repeated (default: all that its user may)',
        collect,
      )
      .option('--expires-in <duration>', 'its lifetime: 12h, 30d')
      .option('--user <name>', 'make it for this user (default: yourself)'),
  ).action(async (name: string, flags: CreateFlags) => {
    const expiresInSeconds = flags.expiresIn === undefined ? undefined : parseDuration(flags.expiresIn);
    const client = await clientOf(context, flags);
    const key = await client.auth.createKey(
      { name, scopes: flags.scope, expiresInSeconds, user: flags.user },
      { signal: context.signal },
    );
    if (flags.json !== true) context.terminal.stderr.write('Store the key now; it is not shown again.\n');
    writeResult(context, flags, key, `${printable(key.key)}\n`);
  });
}

function addList(keys: Command, context: CommandContext): void {
  withCommonOptions(keys.command('list').description('list the API keys that you may see')).action(
    async (flags: CommonFlags) => {
      const client = await clientOf(context, flags);
      const list = await client.auth.listKeys({ signal: context.signal });
      const head = ['ID', 'NAME', 'KEY', 'USER', 'SCOPES', 'EXPIRES', 'LAST USED', 'STATE'];
      writeResult(context, flags, { keys: list }, table(head, list.map(keyRow)));
    },
  );
}

function keyRow(key: ApiKeyInfo): readonly (string | null)[] {
  return [
    key.id,
    key.name,
    `${key.prefix}…`,
    key.user,
    key.scopes.join(' ') || null,
    key.expiresAt,
    key.lastUsedAt,
    stateOf(key),
  ];
}

function stateOf({ revokedAt, expiresAt }: ApiKeyInfo): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now() ? 'expired' : 'good';
}

function addRevoke(keys: Command, context: CommandContext): void {
  withCommonOptions(
    keys.command('revoke').description('make an API key useless, at once').argument('<id>', 'its ID in keys list'),
  ).action(async (id: string, flags: CommonFlags) => {
    const client = await clientOf(context, flags);
    await client.auth.revokeKey(id, { signal: context.signal });
    writeResult(context, flags, { id, revoked: true }, `revoked ${id}\n`);
  });
}
