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

/** The lists and sets that BullMQ's scripts look into when a job is added or taken out. They hold ids, no requests. */
const readByCallers = [
  'meta',
  'id',
  'pc',
  'completed',
  'failed',
  'delayed',
  'prioritized',
  'waiting-children',
] as const;

function callerKeys(service: string, queue: string): AclKeys[] {
  const key = (part: string): string => `{bull-${queue}}:${queue}:${part}`;
  return [
    { pattern: key('*'), access: 'rw' },
    { pattern: key(`${service}.*`), access: 'r' },
    ...readByCallers.map((part) => ({ pattern: key(part), access: 'r' as const })),
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
