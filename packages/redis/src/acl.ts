import { createHash, randomBytes } from 'node:crypto';
import { MeshError } from '@infermesh/errors';
import { openNodes, type RedisServerNode } from './server-nodes.js';

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
  '+cluster|slots', // in a cluster: which node has which keys
  '+cluster|info',
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

type Call = (...args: string[]) => Promise<unknown>;

/** Users are not replicated: `run` is called for every node that answers, and must succeed on every master. */
async function onEachNode(adminUrl: string, run: (call: Call) => Promise<void>): Promise<void> {
  await using nodes = await openNodes(adminUrl, 'acl');
  const callOf =
    ({ redis }: RedisServerNode): Call =>
    (command, ...args) =>
      redis.call(command, ...args);
  await Promise.all(
    nodes.all.map(async (node) => {
      try {
        await run(callOf(node));
      } catch (error) {
        if (node.role === 'master') throw error; // a replica that is away has them set when it is back
      }
    }),
  );
}

/** Keeps the users over a restart where the server has a file for them; elsewhere they live as long as the server. */
async function save(call: Call): Promise<void> {
  try {
    await call('ACL', 'SAVE');
  } catch (error) {
    if (error instanceof Error && error.message.includes('not configured to use an ACL file')) return;
    throw error;
  }
}

/**
 * Creates these users on all nodes, or replaces those of the same name at once: no moment without rules. A replica that
 * is away is passed over; call it again now and then where there are replicas, or nodes that may restart without a file.
 *
 * @throws MeshError CONFIG_INVALID for a pattern that would break a rule; QUEUE_UNAVAILABLE
 */
export async function applyAcl(adminUrl: string, users: readonly AclUser[]): Promise<void> {
  const commands = users.map((user) => ['ACL', 'SETUSER', plain(user.name), ...rulesOf(user)]);
  await onEachNode(adminUrl, async (call) => {
    for (const command of commands) await call(...command);
    await save(call);
  });
}

/** Removes these users from all nodes and ends their connections; unknown names are passed over. @throws MeshError QUEUE_UNAVAILABLE */
export async function removeAcl(adminUrl: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await onEachNode(adminUrl, async (call) => {
    await call('ACL', 'DELUSER', ...names.map(plain));
    await save(call);
  });
}
