import type { Command } from 'commander';
import { UsageError } from '../../errors.js';
import { collect } from '../collect.js';
import { clientOf, withCommonOptions, writeResult, type CommandContext, type CommonFlags } from '../command-context.js';
import { printable } from '../printable.js';
import { readSecret } from '../read-secret.js';
import { table } from '../table.js';

interface PutFlags extends CommonFlags {
  readonly role?: readonly string[];
  readonly password?: boolean;
}

const examples = `
Examples:
  infermesh users list
  infermesh users put ada --role painters --role reviewers --password
      makes ada or changes her; asks for the password
  infermesh users put ada --password < FILE
      takes the password from the first line of FILE
  infermesh users delete ada`;

export function addUsers(program: Command, context: CommandContext): void {
  const users = program
    .command('users')
    .description('list, make, change and delete users')
    .addHelpText('after', examples);
  addList(users, context);
  addPut(users, context);
  addDelete(users, context);
}

function addList(users: Command, context: CommandContext): void {
  withCommonOptions(users.command('list').description('list the users that you may see')).action(
    async (flags: CommonFlags) => {
      const client = await clientOf(context, flags);
      const list = await client.auth.listUsers({ signal: context.signal });
      const rows = list.map((user) => [
        user.name,
        user.roles.join(', ') || null,
        user.creator,
        user.createdAt,
        user.disabledAt,
      ]);
      writeResult(context, flags, { users: list }, table(['NAME', 'ROLES', 'CREATOR', 'CREATED', 'DISABLED'], rows));
    },
  );
}

function addPut(users: Command, context: CommandContext): void {
  withCommonOptions(
    users
      .command('put')
      .description('make a user, or change the roles or the password of one')
      .argument('<name>', 'name of the user')
      .option(
        '--role <name>',
        'a role to hold; may be repeated, roles not named are taken away (default: as before)',
        collect,
      )
      .option('--password', 'set a password: asked for at a terminal, else the first line of stdin'),
  ).action(async (name: string, flags: PutFlags) => {
    if (flags.role === undefined && flags.password !== true)
      throw new UsageError('nothing to set', 'Give --role NAME, --password or both.');
    const client = await clientOf(context, flags);
    const password =
      flags.password === true
        ? await readSecret(context.terminal, `New password of ${name}: `, context.signal)
        : undefined;
    const user = await client.auth.putUser(name, { password, roles: flags.role }, { signal: context.signal });
    writeResult(context, flags, user, `${printable(user.name)}  roles: ${printable(user.roles.join(', ')) || '-'}\n`);
  });
}

function addDelete(users: Command, context: CommandContext): void {
  withCommonOptions(users.command('delete').description('delete a user').argument('<name>', 'name of the user')).action(
    async (name: string, flags: CommonFlags) => {
      const client = await clientOf(context, flags);
      await client.auth.deleteUser(name, { signal: context.signal });
      writeResult(context, flags, { name, deleted: true }, `deleted ${name}\n`);
    },
  );
}
