import { listRoles, listUsers, type Principal, type RoleView, type UserView } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from './mesh-calls.js';

/** All users that the actor may see, in order of names. @throws MeshError FORBIDDEN */
export async function everyUser(jobQueue: JobQueue, actor: Principal, scope: CallScope): Promise<UserView[]> {
  const all: UserView[] = [];
  for (;;) {
    const { users, isLast } = await callService(jobQueue, listUsers, { actor, after: all.at(-1)?.name }, scope);
    all.push(...users);
    if (isLast || users.length === 0) return all;
  }
}

/** All roles that the actor may see, in order of names. @throws MeshError FORBIDDEN */
export async function everyRole(jobQueue: JobQueue, actor: Principal, scope: CallScope): Promise<RoleView[]> {
  const all: RoleView[] = [];
  for (;;) {
    const { roles, isLast } = await callService(jobQueue, listRoles, { actor, after: all.at(-1)?.name }, scope);
    all.push(...roles);
    if (isLast || roles.length === 0) return all;
  }
}
