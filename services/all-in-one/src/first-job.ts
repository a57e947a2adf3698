import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { administratorPermissions } from '@infermesh/auth';
import { Seal } from '@infermesh/credentials';
import { createKey, listUsers, revokeKey, type Principal, type UserView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { firstTenant } from './mesh.js';
import { commandLine, photograph } from './neighbours.js';

/** As this process itself acts: it starts auth, so it needs no key to ask it. */
const operator: Principal = {
  tenantId: firstTenant,
  userId: 'operator',
  subject: 'infermesh',
  keyId: 'operator',
  roles: ['IT Operator'],
  permissions: [...administratorPermissions],
  scopes: [],
  weight: 1,
};

const keySeconds = 600;

export interface FirstJob {
  readonly jobQueue: JobQueue;
  readonly pepper: string;
  /** Of the ESD API. */
  readonly url: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

const deadlineAt = (): number => Date.now() + 10_000;

/** Whoever may create inferences; an administrator who was deleted is not missed. */
async function findUser(jobQueue: JobQueue): Promise<UserView | undefined> {
  const { users } = await jobQueue.call(listUsers, { actor: operator }, { deadlineAt: deadlineAt() });
  const allowed = users.filter(
    ({ permissions, disabledAt }) => disabledAt === null && permissions.includes('inference:all'),
  );
  return allowed.find(({ name }) => name === 'admin') ?? allowed[0];
}

/**
 * Enlarges the photograph as any user would: with the `infermesh` command, over HTTP, under a key of its own that is revoked
 * afterwards.
 *
 * @returns the picture's path, relative to the working directory; undefined when no user may create inferences
 * @throws MeshError MODEL_FAILED when the command failed; it has printed why
 */
export async function runFirstJob({ jobQueue, pepper, url, folder, signal }: FirstJob): Promise<string | undefined> {
  const user = await findUser(jobQueue);
  if (user === undefined) return undefined;
  const results = join(folder, 'results');
  await mkdir(results, { recursive: true });
  const picture = join(results, 'first-job.png');
  const { key, sealedKey } = await jobQueue.call(
    createKey,
    { actor: operator, user: user.name, name: 'first job', expiresInSeconds: keySeconds, scopes: ['inference:all'] },
    { deadlineAt: deadlineAt() },
  );
  try {
    const child = spawn(
      process.execPath,
      [commandLine, 'upscale', photograph, '-o', picture, '--upscaler', 'infermesh-photo-x2'],
      {
        env: {
          PATH: process.execPath,
          HOME: folder,
          INFERMESH_URL: url,
          INFERMESH_API_KEY: new Seal(pepper).open(sealedKey),
        },
        stdio: 'inherit',
        signal,
      },
    );
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new MeshError('MODEL_FAILED', 'the first job did not succeed; the reason stands above');
  } finally {
    await jobQueue
      .call(revokeKey, { actor: { ...operator, subject: user.name }, id: key.id }, { deadlineAt: deadlineAt() })
      .catch(() => undefined);
  }
  return relative(process.cwd(), picture);
}
