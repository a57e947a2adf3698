import { createHash, randomBytes } from 'node:crypto';
import { MeshError } from '@infermesh/errors';
import { connectRedis } from './connect-redis.js';
import { whenReady } from './when-ready.js';

/** What a user may do with the keys of one pattern (Redis glob; `{` and `}` stand for themselves). */
export interface AclKeys {
  readonly pattern: string;
  /** `r` reads values, `w` writes them without being able to read them, `rw` both. */
  readonly access: 'rw' | 'r' | 'w';
}

export interface AclRules {
  readonly keys: readonly AclKeys[];
  /** Channels it may publish to and subscribe to, as glob patterns. */
  readonly channels: readonly string[];
  /** Streams it may append to and measure, but neither read nor trim. */
  readonly appendOnlyStreams?: readonly string[];
}

export interface AclUser extends AclRules {
  readonly name: string;
  readonly password: string;
}

/**
 * Everything a queue needs. Left out besides administration: what walks or counts keys without asking for a pattern
 * (SCAN, KEYS, RANDOMKEY, DBSIZE, PUBSUB), what outlives a connection (FUNCTION, SCRIPT FLUSH), and other databases.
 */
const commandRules = [
  '-@all',
  '+@read',
  '+@write',
  '+@pubsub',
  '+@transaction',
  '+@connection',
  '+@scripting',
  '-@admin',
  '-@dangerous',
  '-function',
  '-fcall',
  '-fcall_ro',
  '-script',
  '+script|load',
  '+script|exists',
  '-pubsub',
  '-scan',
  '-randomkey',
  '-dbsize',
  '-select',
  '-move',
  '-copy',
  '-client',
  '+client|setname',
  '+client|id',
  '+client|getname',
  '+info', // ioredis and bullmq look up the version and whether the data is loaded
];

const keyPrefix = { rw: '~', r: '%R~', w: '%W~' } as const;

/** 32 random bytes, safe in a URL. */
export function createPassword(): string {
  return randomBytes(32).toString('base64url');
}

/** The form in which Redis keeps a password, as a rule of ACL SETUSER. */
export function passwordRule(password: string): string {
  return `#${createHash('sha256').update(password).digest('hex')}`;
}

function plain(value: string): string {
  if (!/^[^\s()"'\\]+$/u.test(value))
    throw new MeshError('CONFIG_INVALID', `"${value}" cannot stand in an access rule`);
  return value;
}

function rulesOf({ password, keys, channels, appendOnlyStreams = [] }: AclUser): string[] {
  return [
    'reset',
    'on',
    passwordRule(password),
    ...keys.map(({ pattern, access }) => keyPrefix[access] + plain(pattern)),
    ...channels.map((channel) => `&${plain(channel)}`),
    ...commandRules,
    ...appendOnlyStreams.map((pattern) => `(+xadd +xlen +exists %W~${plain(pattern)})`),
  ];
}

async function asAdmin<T>(
  adminUrl: string,
  run: (call: (...args: string[]) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const redis = connectRedis({ url: adminUrl, purpose: 'request', name: 'acl' });
  try {
    await whenReady(redis, 5000);
    return await run((command, ...args) => redis.call(command, ...args));
  } finally {
    redis.disconnect();
  }
}

/** Keeps the users over a restart where the server has a file for them; elsewhere they live as long as the server. */
async function save(call: (...args: string[]) => Promise<unknown>): Promise<void> {
  try {
    await call('ACL', 'SAVE');
  } catch (error) {
    if (error instanceof Error && error.message.includes('not configured to use an ACL file')) return;
    throw error;
  }
}

/**
 * Creates these users, or replaces those of the same name at once: no moment without rules.
 *
 * @throws MeshError CONFIG_INVALID for a pattern that would break a rule; QUEUE_UNAVAILABLE
 */
export async function applyAcl(adminUrl: string, users: readonly AclUser[]): Promise<void> {
  const commands = users.map((user) => ['ACL', 'SETUSER', plain(user.name), ...rulesOf(user)]);
  await asAdmin(adminUrl, async (call) => {
    for (const command of commands) await call(...command);
    await save(call);
  });
}

/** Removes these users and ends their connections; unknown names are passed over. @throws MeshError QUEUE_UNAVAILABLE */
export async function removeAcl(adminUrl: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await asAdmin(adminUrl, async (call) => {
    await call('ACL', 'DELUSER', ...names.map(plain));
    await save(call);
  });
}
