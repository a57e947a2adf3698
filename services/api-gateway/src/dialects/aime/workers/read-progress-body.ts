import { MeshError } from '@infermesh/errors';
import type { RawBody } from '@infermesh/http';
import { setImmediate as turn } from 'node:timers/promises';
import { splitBatch } from './split-batch.js';
import { findEnvelope } from './worker-envelope.js';

/** A batch is searched on the event loop, a few milliseconds a MiB; the progress of a thousand jobs has less. */
const maxSplitBytes = 2 * 1024 * 1024;

/** Between two turns of the event loop so much is read; to refuse a job costs as much as reading some bytes more. */
const bytesPerTurn = 64 * 1024;
const bytesPerJob = 2 * 1024;

/**
 * The body of a progress report, of one job or a batch. Where it cannot be read as a whole, each job is read by itself, and of a
 * job that cannot be read what its lease needs: a text that one model made up must not cost the others theirs.
 *
 * @throws MeshError BAD_REQUEST where there is no job in it
 */
export async function readProgressBody(body: RawBody): Promise<unknown> {
  try {
    return await body.json();
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'BAD_REQUEST' || body.bytes.length > maxSplitBytes) throw error;
    const jobs = splitBatch(body.bytes);
    if (jobs.length === 0) throw error;
    return readJobs(jobs.map(([start, end]) => body.part(start, end)));
  }
}

async function readJobs(bodies: readonly RawBody[]): Promise<unknown[]> {
  const jobs: unknown[] = [];
  let readBytes = 0;
  for (const body of bodies) {
    jobs.push(await readJob(body));
    readBytes += body.bytes.length + bytesPerJob;
    if (readBytes < bytesPerTurn) continue;
    readBytes = 0;
    await turn();
  }
  return jobs;
}

async function readJob(body: RawBody): Promise<unknown> {
  return body.json().catch(() => findEnvelope(body.bytes));
}
