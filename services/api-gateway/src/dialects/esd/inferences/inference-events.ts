import { isFinal, type JobState, type JobView } from '@infermesh/contracts';
import type { SseEvent } from '@infermesh/http';
import type { JobSight } from '../../../follow-job.js';
import { toInference, toStatus, type ViewSettings } from './inference-view.js';

/** The id of the last event of every stream: who comes back with it has heard everything. */
export const finalEventId = 'final';

export interface EventStream {
  readonly settings: ViewSettings;
  /** The client was here before and wants what it missed. */
  readonly isReplay: boolean;
}

/**
 * What clients are told of a job, and nothing twice in a row. Of a job that was not started there are no news yet, and of one that
 * has ended nobody need hear more than the end, unless it heard a part before.
 */
export async function* inferenceEvents(
  first: JobView,
  sights: AsyncIterable<JobSight>,
  { settings, isReplay }: EventStream,
): AsyncGenerator<SseEvent, void, undefined> {
  let told = '';
  if (!isReplay && (first.state === 'created' || isFinal(first.state))) {
    const event = recordEvent(first, settings);
    told = event.data;
    yield event;
    if (isFinal(first.state)) return;
  }
  for await (const sight of sights) {
    const event = sight.kind === 'news' ? newsEvent(first.id, sight) : recordEvent(sight.job, settings);
    if (event.id === undefined && event.data === told) continue;
    told = event.data;
    yield event;
  }
}

function newsEvent(id: string, { seq, state }: { readonly seq: number; readonly state: JobState }): SseEvent {
  return { event: 'state', id: String(seq), data: JSON.stringify(standing(id, state)) };
}

/** The event of a job that has ended holds all that GET answers, with its URLs. */
function recordEvent(job: JobView, settings: ViewSettings): SseEvent {
  const standingNow = standing(job.id, job.state);
  if (isFinal(job.state)) {
    const data = { ...standingNow, inference: toInference(job, settings) };
    return { event: 'state', id: finalEventId, data: JSON.stringify(data) };
  }
  const { progress, queue_position } = toInference(job, settings);
  return { event: 'state', data: JSON.stringify({ ...standingNow, progress, queue_position }) };
}

/** `state` is ours and finer than ESD's `status`. */
function standing(id: string, state: JobState): Record<string, string> {
  return { InferenceJobId: id, status: toStatus(state), state };
}
