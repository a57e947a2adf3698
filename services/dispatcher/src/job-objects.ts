import type { JobView, PayloadOffer } from '@infermesh/contracts';
import { objectKeys, type ObjectStore } from '@infermesh/object-store';
import type { ClaimedRow, PayloadRecord } from './records/job-row.js';

export interface PresignedPut {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** Where a job's bytes lie, and the short-lived URLs that lead to them. */
export class JobObjects {
  readonly #store: ObjectStore;
  readonly #urlSeconds: number;

  constructor(store: ObjectStore, urlSeconds: number) {
    this.#store = store;
    this.#urlSeconds = urlSeconds;
  }

  payloadRecord(
    tenantId: string,
    jobId: string,
    payload: { name: string; maxBytes: number } | null,
  ): PayloadRecord | null {
    return payload === null
      ? null
      : { ...payload, key: objectKeys.jobPayload({ tenant: tenantId, jobId, name: payload.name }) };
  }

  /** The client's upload: dialects do not tell its length. A store that does not keep to the limit leaves that to the worker. */
  payloadPut({ key, maxBytes }: PayloadRecord): Promise<PresignedPut> {
    return this.#store.presignPut(key, { expiresInSeconds: this.#urlSeconds, maxBytes });
  }

  getUrl(key: string): Promise<string> {
    return this.#store.presignGet(key, { expiresInSeconds: this.#urlSeconds });
  }

  /** For whoever takes the job: its payload, before it has the claim. */
  async payloadOffer({ key, name, maxBytes }: PayloadRecord): Promise<PayloadOffer> {
    return { name, maxBytes, url: await this.getUrl(key) };
  }

  /** For people: a browser saves it under its name, and never shows what somebody uploaded as a page. */
  #downloadUrl(key: string, name: string): Promise<string> {
    return this.#store.presignGet(key, { expiresInSeconds: this.#urlSeconds, downloadName: name });
  }

  outputKey(row: { tenant_id: string; id: string }, epoch: number, name: string): string {
    return objectKeys.jobOutput({ tenant: row.tenant_id, jobId: row.id, epoch, name });
  }

  outputPut(key: string, output: { sizeBytes: number; sha256: string; mediaType: string }): Promise<PresignedPut> {
    return this.#store.presignPut(key, {
      expiresInSeconds: this.#urlSeconds,
      sizeBytes: output.sizeBytes,
      sha256: output.sha256,
      contentType: output.mediaType,
    });
  }

  async claimUrls(row: ClaimedRow): Promise<{ payload: string | null; checkpoints: { id: string; url: string }[] }> {
    const [payload, ...urls] = await Promise.all([
      row.payload === null ? null : this.getUrl(row.payload.key),
      ...row.checkpoints.map((checkpoint) => this.getUrl(checkpoint.objectKey)),
    ]);
    return {
      payload: payload ?? null,
      checkpoints: row.checkpoints.map(({ id }, index) => ({ id, url: urls[index] ?? '' })),
    };
  }

  async withUrls(view: JobView): Promise<JobView> {
    const outputs = await Promise.all(
      view.outputs.map(async (output) => ({ ...output, url: await this.#downloadUrl(output.key, output.name) })),
    );
    const payload =
      view.payload === null
        ? null
        : { ...view.payload, url: await this.#downloadUrl(view.payload.key, view.payload.name) };
    return { ...view, outputs, payload };
  }

  /** Everything under a job's folder: payload, outputs, and what stale attempts left. */
  async removeAll(job: { tenant_id: string; id: string }, signal: AbortSignal): Promise<void> {
    await this.#store.deletePrefix(objectKeys.jobPrefix({ tenant: job.tenant_id, jobId: job.id }), signal);
  }
}
