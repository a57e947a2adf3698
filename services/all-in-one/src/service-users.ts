import { withRedisUser } from '@infermesh/config';
import { aclFor } from '@infermesh/job-queue';
import { applyAcl, createPassword, type AclUser } from '@infermesh/redis';

/** Which queues each service answers and which it asks. A queue that is not here is closed to it by Redis itself. */
const reach = {
  auth: { serves: ['auth'], calls: [], manages: [] },
  dispatcher: { serves: ['dispatcher', 'jobs-*'], calls: [], manages: ['ep-*'] },
  'checkpoint-store': { serves: ['checkpoints'], calls: [], manages: [] },
  'endpoint-manager': { serves: ['endpoints'], calls: ['dispatcher'], manages: ['ep-*', 'jobs-*'] },
  'api-gateway': { serves: [], calls: ['auth', 'dispatcher', 'endpoints', 'checkpoints', 'ep-*'], manages: [] },
} as const;

export type ServiceName = keyof typeof reach;

/** Gives every service a Redis user of its own, with a fresh password. @returns each service's URL */
export async function createServiceUsers(adminUrl: string): Promise<Record<ServiceName, string>> {
  const users = new Map<ServiceName, AclUser>();
  for (const name of Object.keys(reach) as ServiceName[]) {
    const { serves, calls, manages } = reach[name];
    users.set(name, {
      name: `svc-${name}`,
      password: createPassword(),
      ...aclFor({ serves, calls, manages, service: name }),
    });
  }
  await applyAcl(adminUrl, [...users.values()]);
  const urlFor = (name: ServiceName): string => withRedisUser(adminUrl, `svc-${name}`, users.get(name)?.password ?? '');
  return {
    auth: urlFor('auth'),
    dispatcher: urlFor('dispatcher'),
    'checkpoint-store': urlFor('checkpoint-store'),
    'endpoint-manager': urlFor('endpoint-manager'),
    'api-gateway': urlFor('api-gateway'),
  };
}
