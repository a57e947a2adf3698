import type { Seal } from '@infermesh/credentials';
import type { Database } from '@infermesh/database';
import { MeshError, toMeshError } from '@infermesh/errors';
import { backoffMs } from '@infermesh/lifecycle';
import type { Outbound } from '@infermesh/outbound';
import type { JobObjects } from '../job-objects.js';
import { toJobView } from '../records/job-row.js';
import { getJobRow } from '../records/read-jobs.js';
import type { ClaimedDelivery, DeliveryOutcome } from '../records/webhook-deliveries.js';
import { listWebhookSecrets } from '../records/webhook-secrets.js';
import { webhookBody } from './webhook-body.js';
import type { WebhookSettings } from './webhook-settings.js';
import { signatureHeaders } from './webhook-signature.js';

export interface AttemptParts {
  readonly db: Database;
  readonly objects: JobObjects;
  readonly outbound: Outbound;
  readonly seal: Seal;
  readonly settings: WebhookSettings;
}

/** Its status is what counts; nobody reads the answer. */
const maxAnswerBytes = 65_536;
const maxErrorLength = 500;
const afterStopMs = 1_000;
/** The receiver wants nothing more, ever. */
const goneStatus = 410;

/** Sends a delivery once. Never rejects: whatever goes wrong is an outcome. */
export async function attemptDelivery(
  parts: AttemptParts,
  delivery: ClaimedDelivery,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  try {
    return judge(parts.settings, delivery, await send(parts, delivery, signal));
  } catch (error) {
    if (signal.aborted) return again({ status: null, error: 'the sender stopped', afterMs: afterStopMs }, false);
    const { code, message } = toMeshError(error);
    const text = `${code}: ${message}`.slice(0, maxErrorLength);
    if (code === 'OUTBOUND_REFUSED') return { kind: 'failed', status: null, error: text };
    return orGiveUp(parts.settings, delivery, null, text);
  }
}

/** @returns the receiver's status */
async function send(parts: AttemptParts, delivery: ClaimedDelivery, signal: AbortSignal): Promise<number> {
  const { url, job_id: jobId, tenant_id: tenantId, owner } = delivery;
  const secrets = await listWebhookSecrets(parts.db, { tenantId, owner });
  if (secrets.length === 0) throw new MeshError('INTERNAL', `user ${owner} has no webhook secret any more`);
  const body = await bodyOf(parts, delivery);
  const message = { id: jobId, timestampSeconds: Math.floor(Date.now() / 1_000), body };
  const signed = signatureHeaders(
    message,
    secrets.map((sealed) => parts.seal.open(sealed)),
  );
  await using answer = await parts.outbound.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signed },
    body,
    maxBytes: maxAnswerBytes,
    timeoutMs: parts.settings.timeoutMs,
    maxRedirects: 0, // another origin must not get it, and a GET in its place would pass for a delivery
    signal,
  });
  return answer.status;
}

async function bodyOf({ db, objects }: AttemptParts, delivery: ClaimedDelivery): Promise<string> {
  const { job_id: id, tenant_id: tenantId, owner: subject, with_urls: withUrls } = delivery;
  const { row, outputs } = await getJobRow(db, { tenantId, subject, anyOwner: false }, id);
  return webhookBody(withUrls ? await objects.withUrls(toJobView(row, outputs)) : toJobView(row));
}

function judge(settings: WebhookSettings, delivery: ClaimedDelivery, status: number): DeliveryOutcome {
  if (status >= 200 && status < 300) return { kind: 'delivered', status };
  const error = `the receiver answered ${String(status)}`;
  return status === goneStatus ? { kind: 'failed', status, error } : orGiveUp(settings, delivery, status, error);
}

function orGiveUp(
  { maxTries, firstRetryMs, maxRetryMs }: WebhookSettings,
  { tries }: ClaimedDelivery,
  status: number | null,
  error: string,
): DeliveryOutcome {
  if (tries >= maxTries) return { kind: 'failed', status, error };
  return again({ status, error, afterMs: backoffMs({ firstMs: firstRetryMs, maxMs: maxRetryMs }, tries) }, true);
}

function again(
  { status, error, afterMs }: { status: number | null; error: string; afterMs: number },
  isCounted: boolean,
): DeliveryOutcome {
  return { kind: 'again', status, error, afterMs, isCounted };
}
