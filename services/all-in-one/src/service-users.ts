import { withRedisUser } from '@infermesh/config';
import { aclFor } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import { applyAcl, createPassword, type AclUser } from '@infermesh/redis';

/** Which queues each service answers and which it asks. A queue that is not here is closed to it by Redis itself. */
const reach = {
  auth: { serves: ['auth'], calls: [], manages: [] },
  dispatcher: { serves: ['dispatcher', 'jobs-*'], calls: [], manages: ['ep-*'] },
  'checkpoint-store': { serves: ['checkpoints'], calls: [], manages: [] },
  'endpoint-manager': { serves: ['endpoints'], calls: ['dispatcher'], manages: ['ep-*', 'jobs-*'] },
  'media-converter': { serves: ['media'], calls: [], manages: [] },
  'api-gateway': {
    serves: ['ep-aime.*'], // for the workers that have no Redis, and speak to it
    calls: ['auth', 'dispatcher', 'endpoints', 'checkpoints', 'media', 'ep-*', 'jobs-aime.*'],
    manages: [],
  },
} as const;

export type ServiceName = keyof typeof reach;

export type ServiceUrls = Readonly<Record<ServiceName, string>>;

export interface ServiceUsers extends AsyncDisposable {
  /** Each service's URL. */
  readonly urls: ServiceUrls;
}

/** Gives every service a Redis user of its own, with a fresh password. @returns each service's URL */
export async function createServiceUsers(adminUrl: string): Promise<ServiceUrls> {
  const users = serviceUsers();
  await applyAcl(adminUrl, [...users.values()]);
  return urlsOf(adminUrl, users);
}

/** The same, set again now and then: a server that restarts without a file of its users has forgotten them, and a new replica never had them. */
export async function keepServiceUsers(
  adminUrl: string,
  { logger, refreshMs = 15_000 }: { readonly logger: Logger; readonly refreshMs?: number },
): Promise<ServiceUsers> {
  const users = serviceUsers();
  const apply = (): Promise<void> => applyAcl(adminUrl, [...users.values()]);
  await apply();
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(apply).catch((error: unknown) => {
      logger.warn({ err: error }, 'the access of the services could not be refreshed');
    });
  }, refreshMs);
  return {
    urls: urlsOf(adminUrl, users),
    [Symbol.asyncDispose]: () => {
      clearInterval(timer);
      return running;
    },
  };
}

function serviceUsers(): ReadonlyMap<ServiceName, AclUser> {
  const users = new Map<ServiceName, AclUser>();
  for (const name of Object.keys(reach) as ServiceName[]) {
    const { serves, calls, manages } = reach[name];
    users.set(name, {
      name: `svc-${name}`,
      password: createPassword(),
      ...aclFor({ serves, calls, manages, service: name }),
    });
  }
  return users;
}

function urlsOf(adminUrl: string, users: ReadonlyMap<ServiceName, AclUser>): ServiceUrls {
  const urlFor = (name: ServiceName): string => withRedisUser(adminUrl, `svc-${name}`, users.get(name)?.password ?? '');
  return {
    auth: urlFor('auth'),
    dispatcher: urlFor('dispatcher'),
    'checkpoint-store': urlFor('checkpoint-store'),
    'endpoint-manager': urlFor('endpoint-manager'),
    'media-converter': urlFor('media-converter'),
    'api-gateway': urlFor('api-gateway'),
  };
}
