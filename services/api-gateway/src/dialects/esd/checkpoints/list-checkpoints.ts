import { listCheckpoints, type CheckpointAccess, type CheckpointView } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { everyRole } from '../../../every-account.js';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { actingUser, actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { accountName } from '../names.js';
import { holdsAny, requireAny } from '../permission-checks.js';
import { rulesOf } from '../version-rules.js';
import { accessOf } from './checkpoint-access.js';
import { findStatus } from './checkpoint-status.js';
import { listedCheckpoint, toListedCheckpoint } from './checkpoint-view.js';

const words = z.array(z.string().max(200)).max(20).optional();

const query = z.object({
  username: accountName.optional(),
  status: words,
  types: words,
  roles: words,
  page: z.coerce.number<string>().int().min(1).max(1_000_000).default(1),
  per_page: z.coerce.number<string>().int().min(1).max(1_000).default(10),
});

type Query = z.output<typeof query>;

const page = z.object({
  page: z.number().int(),
  per_page: z.number().int(),
  pages: z.number().int(),
  total: z.number().int(),
  checkpoints: z.array(listedCheckpoint),
});

/** Dossier 6.4, newest first. */
export function listCheckpointsRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'GET',
    path: '/checkpoints',
    operationId: 'ListCheckpoints',
    summary:
      'Checkpoints that are open to the user; with user:all those of everybody. From 1.5 on it needs checkpoint:list.',
    permission: 'any key',
    query,
    answers: { 200: functionBody(200, page) },
    errors: ['FORBIDDEN'],
    handler: async (request) => {
      const { query: wanted } = request;
      const actor = actorOf(request.caller);
      if (!rules.hasAuthorizer) requireAny(actor, ['checkpoint:all', 'checkpoint:list']);
      const access = await accessFor(parts, request.caller, wanted.username, request);
      const { checkpoints, total } = await readPage(parts, access, wanted, request);
      return functionAnswer(200, {
        page: wanted.page,
        per_page: wanted.per_page,
        pages: total === 0 ? 0 : Math.floor(total / wanted.per_page) + 1,
        total,
        checkpoints: checkpoints.map((checkpoint) => toListedCheckpoint(checkpoint, rules)),
      });
    },
  });
}

/** What is open to the user of the query, or to the caller itself, and what is open to roles that the caller made. */
async function accessFor(
  parts: EsdParts,
  caller: EsdCaller,
  username: string | undefined,
  scope: CallScope,
): Promise<CheckpointAccess> {
  const actor = actorOf(caller);
  const own = accessOf(actor);
  const isOther = username !== undefined && username !== actor.subject;
  const seen = isOther
    ? await actingUser(parts.users, caller.principal, username)
    : { name: actor.subject, roles: actor.roles };
  if (own.seesAll) return own;
  const made = holdsAny(actor, ['role:all', 'role:list'])
    ? (await everyRole(parts.jobQueue, actor, scope)).filter(({ creator }) => creator === actor.subject)
    : [];
  return { ...own, subject: seen.name, roles: [...new Set([...seen.roles, ...made.map(({ name }) => name)])] };
}

/** The store answers as much as fits one message. */
async function readPage(
  { jobQueue }: EsdParts,
  access: CheckpointAccess,
  { page: number, per_page: length, status, types, roles }: Query,
  scope: CallScope,
): Promise<{ checkpoints: CheckpointView[]; total: number }> {
  const filter = {
    access,
    ...(types === undefined ? {} : { types }),
    ...(roles === undefined ? {} : { roles }),
    ...(status === undefined ? {} : { statuses: status.map((word) => findStatus(word) ?? 'none') }),
  };
  const start = (number - 1) * length;
  const checkpoints: CheckpointView[] = [];
  for (;;) {
    const wish = { ...filter, offset: start + checkpoints.length, limit: length - checkpoints.length };
    const { checkpoints: more, total } = await callService(jobQueue, listCheckpoints, wish, scope);
    checkpoints.push(...more);
    if (more.length === 0 || checkpoints.length >= length || start + checkpoints.length >= total)
      return { checkpoints, total };
  }
}
