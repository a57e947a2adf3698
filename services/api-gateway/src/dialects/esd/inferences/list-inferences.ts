import { listJobs, type JobAccess, type JobView } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { actingUser, actorOf, jobAccessOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { nextKey, pageQuery, readPageKey, toPageKey } from '../page.js';
import { rulesOf } from '../version-rules.js';
import { inferenceRecord, toRecord } from './inference-view.js';

const inferenceList = z.object({ inferences: z.array(inferenceRecord), last_evaluated_key: nextKey });

/** Dossier 8.5: newest first, in 1.4 without pages. */
export function listInferencesRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  const settings = { bucket: parts.settings.bucket, rules };
  return route.keyed({
    method: 'GET',
    path: '/inferences',
    operationId: 'ListInferences',
    summary: 'Jobs, the newest first; with `username` those of that user.',
    permission: 'inference:list',
    query: z.object({
      username: z.string().max(100).optional(),
      type: z.string().max(200).optional(),
      ...pageQuery(rules),
    }),
    answers: { 200: functionBody(200, inferenceList) },
    handler: async (request) => {
      const { username, type = 'txt2img', limit, exclusive_start_key: start } = request.query;
      const access = await accessOf(parts, request.caller, username);
      if (!rules.hasPages) {
        const jobs = await listAll(parts, access, request);
        return functionAnswer(200, { inferences: jobs.map((job) => toRecord(job, settings)) });
      }
      const cursor = start === undefined ? {} : { cursor: cursorOf(start) };
      const wanted = { access, dialect: 'esd', jobType: type, limit, ...cursor };
      const { jobs, nextCursor } = await callService(parts.jobQueue, listJobs, wanted, request);
      return functionAnswer(200, {
        inferences: jobs.map((job) => toRecord(job, settings)),
        last_evaluated_key: nextCursor === null ? null : toPageKey(nextCursor),
      });
    },
  });
}

/** @throws MeshError BAD_REQUEST `user: "ghost" not exist`; FORBIDDEN for a key that may not act for the user */
async function accessOf(parts: EsdParts, caller: EsdCaller, username: string | undefined): Promise<JobAccess> {
  const actor = actorOf(caller);
  if (username === undefined) return jobAccessOf(actor);
  const { name } = await actingUser(parts.users, caller.principal, username);
  return { tenantId: actor.tenantId, subject: name, anyOwner: false };
}

function cursorOf(key: string): string {
  const id = readPageKey(key);
  return z.uuid().safeParse(id).success ? id : 'ffffffff-ffff-4fff-bfff-ffffffffffff';
}

/** A client of 1.4 knows no pages; beyond this many it is shown the newest. */
const mostListed = 1_000;
const pageSize = 100;

async function listAll({ jobQueue }: EsdParts, access: JobAccess, scope: CallScope): Promise<JobView[]> {
  const jobs: JobView[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null && jobs.length < mostListed) {
    const from = cursor === undefined ? {} : { cursor };
    const page = await callService(jobQueue, listJobs, { access, dialect: 'esd', limit: pageSize, ...from }, scope);
    jobs.push(...page.jobs);
    cursor = page.nextCursor;
  }
  return jobs;
}
