import type { AclKeys, AclRules } from '@infermesh/redis';

export interface AclNeeds {
  /** The name given to `createJobQueue`: a reply stream is readable by its own service alone. */
  readonly service: string;
  /** Queues it serves or takes from. A `*` stands for any text, here and below. */
  readonly serves?: readonly string[];
  /** Queues it calls, and submits new entries to. It can add, and cancel its own calls, but read nobody's requests. */
  readonly calls?: readonly string[];
  /** Queues whose entries it submits, looks up, cancels and counts: full rights, short of an own consumer. */
  readonly manages?: readonly string[];
  /** Whether it appends to and follows job events; default true. A worker of strangers' code should not. */
  readonly events?: boolean;
}

/**
 * What BullMQ's scripts declare as keys when a job is added or taken out: Redis wants them readable, whatever the script
 * does with them. They hold ids. The requests stand under the ids themselves, and those a caller can only write.
 */
const readByCallers = [
  'wait',
  'paused',
  'active',
  'prioritized',
  'delayed',
  'completed',
  'failed',
  'waiting-children',
  'repeat',
  'meta',
  'id',
  'pc',
  'events',
  'marker',
] as const;

function callerKeys(service: string, queue: string): AclKeys[] {
  const key = (part: string): string => `{bull-${queue}}:${queue}:${part}`;
  return [
    { pattern: key('*'), access: 'w' },
    { pattern: key(`${service}.*`), access: 'rw' }, // one rule must grant both: Redis does not add rules up
    ...readByCallers.map((part) => ({ pattern: key(part), access: 'rw' as const })),
  ];
}

/** What `applyAcl` needs so that a user of Redis can be this service, and nothing else. */
export function aclFor({ service, serves = [], calls = [], manages = [], events = true }: AclNeeds): AclRules {
  const owned = [...serves, ...manages];
  return {
    keys: [
      ...owned.map((queue) => ({ pattern: `{bull-${queue}}:*`, access: 'rw' as const })),
      ...calls.flatMap((queue) => callerKeys(service, queue)),
      { pattern: `{reply-${service}.*`, access: 'rw' },
      ...(events ? [{ pattern: '{events-*', access: 'rw' as const }] : []),
    ],
    channels: [...[...owned, ...calls].map((queue) => `cancel.${queue}`), ...(events ? ['job.*'] : [])],
    appendOnlyStreams: serves.length > 0 || manages.length > 0 ? ['{reply-*'] : [],
  };
}
