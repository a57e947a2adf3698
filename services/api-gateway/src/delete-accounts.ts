import { deleteUsers, forgetWebhookSecrets, type Principal } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from './mesh-calls.js';

/**
 * Deletes users with their keys and the secrets of their webhooks: who gets one of the names later must not inherit them. Done
 * again it does what was left.
 *
 * @throws MeshError what the auth service refuses
 */
export async function deleteAccounts(
  jobQueue: JobQueue,
  actor: Principal,
  names: readonly string[],
  scope: CallScope,
): Promise<void> {
  await callService(jobQueue, deleteUsers, { actor, names: [...names] }, scope);
  await callService(jobQueue, forgetWebhookSecrets, { tenantId: actor.tenantId, owners: [...names] }, scope);
}
