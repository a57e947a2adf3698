import { getJob, isFinal, type JobAccess } from '@infermesh/contracts';
import { emptyAnswer, emptyDocs, eventAnswer, mediaDocs, type RequestHead, type Route } from '@infermesh/http';
import { z } from 'zod';
import { followJob } from '../../../follow-job.js';
import { callService } from '../../../mesh-calls.js';
import { actorOf, jobAccessOf } from '../acting-user.js';
import { authenticate } from '../authenticate.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { requireAny } from '../permission-checks.js';
import { rulesOf } from '../version-rules.js';
import { finalEventId, inferenceEvents } from './inference-events.js';
import { inferenceId, sayingInference } from './inference-id.js';

const permission = 'inference:list';

const headers = z.object({
  'last-event-id': z
    .string()
    .regex(/^(?:\d{1,16}|final)$/u, 'the id of an event of this stream')
    .optional(),
});

/** A stream ends by itself after this; a client comes back with `Last-Event-ID` and misses nothing. */
const longestStreamMs = 3_600_000;

/** Proxies that gather answers must let events pass. */
const streamHeaders = { 'x-accel-buffering': 'no' };

/**
 * Ours. The states of a job as they come, until it has ended. The key is looked at again before each event and every few seconds:
 * a stream does not outlive it.
 */
export function followInferenceRoute(parts: EsdParts): Route<EsdCaller> {
  const settings = { bucket: parts.settings.bucket, rules: rulesOf(parts) };
  return route.keyed({
    method: 'GET',
    path: '/inferences/:id/events',
    operationId: 'FollowInference',
    summary:
      'Server-sent events of a job until it has ended. `Last-Event-ID` replays; 204 when there is no more to come.',
    permission,
    headers,
    answers: { 200: mediaDocs('text/event-stream'), 204: emptyDocs() },
    errors: ['NOT_FOUND', 'QUOTA_EXCEEDED', 'STORAGE_UNAVAILABLE'],
    handler: async (request) => {
      const id = inferenceId(request);
      request.note({ jobId: id });
      const wanted = { access: jobAccessOf(actorOf(request.caller)), id, withUrls: true, withQueuePosition: true };
      const { job } = await sayingInference(id, () => callService(parts.jobQueue, getJob, wanted, request));
      const lastId = request.headers['last-event-id'];
      if (isFinal(job.state) && lastId === finalEventId) return emptyAnswer(204);
      const afterSeq = lastId === undefined || lastId === finalEventId ? 0 : Number(lastId);
      const leave = parts.streams.take(request.caller.keyId, request.signal);
      const signal = AbortSignal.any([request.signal, request.stopping, AbortSignal.timeout(longestStreamMs)]);
      const sights = followJob(
        parts.jobQueue,
        { id, access: () => accessNow(parts, request), afterSeq },
        { id: request.id, signal },
      );
      const events = inferenceEvents(job, sights, { settings, isReplay: afterSeq > 0 });
      return eventAnswer(untilLeft(events, leave), streamHeaders);
    },
  });
}

/** @throws MeshError once the key was revoked, or may look at jobs no longer */
async function accessNow(parts: EsdParts, request: RequestHead): Promise<JobAccess> {
  const actor = actorOf(await authenticate(parts, request));
  requireAny(actor, [permission]);
  return jobAccessOf(actor);
}

async function* untilLeft<T>(events: AsyncIterable<T>, leave: () => void): AsyncGenerator<T, void, undefined> {
  try {
    yield* events;
  } finally {
    leave();
  }
}
