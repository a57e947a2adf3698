import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MeshError } from '@infermesh/errors';

/** `npm start -- --help` shows the same file before anything is built. */
export const help = readFileSync(new URL('../help.txt', import.meta.url), 'utf8');

export interface Arguments {
  readonly once: boolean;
  readonly job: boolean;
  readonly help: boolean;
  /** A further key for an administrator: beside its others, or instead of them. */
  readonly newAdminKey: 'beside' | 'instead' | undefined;
}

/** @throws MeshError CONFIG_INVALID naming the option */
export function parseArguments(args: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean' },
        'no-job': { type: 'boolean' },
        'new-admin-key': { type: 'boolean' },
        revoke: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const isNewKey = values['new-admin-key'] ?? false;
    if (values.revoke === true && !isNewKey) throw new Error('--revoke goes with --new-admin-key');
    return {
      once: values.once ?? false,
      job: !(values['no-job'] ?? false),
      help: values.help ?? false,
      newAdminKey: isNewKey ? (values.revoke === true ? 'instead' : 'beside') : undefined,
    };
  } catch (error) {
    throw new MeshError('CONFIG_INVALID', `${error instanceof Error ? error.message : String(error)}\n\n${help}`);
  }
}
