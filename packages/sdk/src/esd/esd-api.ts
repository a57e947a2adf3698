import { z } from 'zod';
import { callApi, parseAnswer, readBytes, type ApiSettings, type CallOptions } from '../api.js';
import { ApiError } from '../errors.js';
import { saveBody } from '../save-body.js';
import { bodyChunks, send } from '../transport.js';
import {
  createdInferenceAnswer,
  inferenceAnswer,
  type CreatedInference,
  type Inference,
  type InferenceMode,
} from './inference.js';
import type { OnProgress } from './progress-event.js';
import { waitForInference, type WaitOptions } from './wait-for-inference.js';

export interface CreateInferenceRequest {
  /** `txt2img`, `img2img`, `extra-single-image`, `rembg`. */
  readonly taskType: string;
  /** @default 'Async' */
  readonly mode?: InferenceMode | undefined;
  /** Checkpoint names by type, where the task needs them. @default {} */
  readonly models?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Act for this user; needs a key that may. @default the key's own user */
  readonly userId?: string | undefined;
}

export interface DownloadOptions extends CallOptions {
  /** Which image of the result. @default 0 */
  readonly index?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** A gateway answers a real-time start within 40 s, by the result or by 504. */
const startTimeoutMs = 60_000;
const maxImageBytes = 1024 * 1024 * 1024;

const maxReceiptBytes = 65_536;

const pongAnswer = z.object({ message: z.literal('pong') });

/** The inference routes. Every method throws ApiError, ConnectionError or DeadlineError, or the reason of an aborted signal. */
export class EsdApi {
  readonly #settings: ApiSettings;

  constructor(settings: ApiSettings) {
    this.#settings = settings;
  }

  /** Asks once, without repetition: whether the gateway answers and takes the key, now. */
  async ping(options: CallOptions = {}): Promise<void> {
    parseAnswer(
      pongAnswer,
      await callApi(this.#settings, { ...options, method: 'GET', url: this.#url('ping'), repeat: 'never' }),
    );
  }

  /** Makes the record of a job. Nothing runs before its payload is uploaded and it is started. */
  async createInference(request: CreateInferenceRequest, options: CallOptions = {}): Promise<CreatedInference> {
    const json = {
      ...(request.userId !== undefined && { user_id: request.userId }),
      task_type: request.taskType,
      inference_type: request.mode ?? 'Async',
      models: request.models ?? {},
    };
    const answer = await callApi(this.#settings, {
      ...options,
      method: 'POST',
      url: this.#url('inferences'),
      json,
      repeat: 'refused',
    });
    return parseAnswer(createdInferenceAnswer, answer);
  }

  /**
   * Uploads the payload to the presigned URL. No credential and no content type go along: the URL has signed neither.
   *
   * @param payload the JSON text as `encodePayload` makes it
   */
  async uploadPayload(uploadUrl: string, payload: Uint8Array<ArrayBuffer>, options: CallOptions = {}): Promise<void> {
    await send(
      { method: 'PUT', url: uploadUrl, headers: this.#bareHeaders(), body: payload, ...this.#transfer(options) },
      (response) => readBytes(response, maxReceiptBytes),
    );
  }

  /**
   * Starts the job. A real-time start returns it finished, succeeded or not; null means that it goes on, also when the
   * gateway stopped holding the call (504).
   */
  async startInference(inferenceId: string, options: CallOptions = {}): Promise<Inference | null> {
    const url = `${this.#inferenceUrl(inferenceId)}/start`;
    const timeoutMs = options.timeoutMs ?? Math.max(startTimeoutMs, this.#settings.timeoutMs);
    try {
      const answer = await callApi(this.#settings, {
        ...options,
        timeoutMs,
        method: 'PUT',
        url,
        json: {},
        repeat: 'refused',
      });
      return answer.status === 202 ? null : parseAnswer(inferenceAnswer, answer);
    } catch (error) {
      if (error instanceof ApiError && error.status === 504) return null;
      throw error;
    }
  }

  async getInference(inferenceId: string, options: CallOptions = {}): Promise<Inference> {
    const answer = await callApi(this.#settings, {
      ...options,
      method: 'GET',
      url: this.#inferenceUrl(inferenceId),
      repeat: 'safe',
    });
    return parseAnswer(inferenceAnswer, answer);
  }

  /**
   * Waits until a started job has succeeded.
   *
   * @throws InferenceFailedError when it failed; DeadlineError `job` when it goes on past `deadlineMs`
   */
  waitForInference(inferenceId: string, options: WaitOptions = {}): Promise<Inference> {
    return waitForInference(inferenceId, (signal) => this.getInference(inferenceId, { signal }), options);
  }

  /**
   * Saves one image of a succeeded job: a whole file under `path`, or none. URLs that have expired are renewed once.
   *
   * @returns the bytes written
   */
  downloadResult(
    inference: Inference,
    path: string,
    options: DownloadOptions = {},
  ): Promise<{ readonly sizeBytes: number }> {
    return this.#withImage(inference, options, async (response) => {
      const totalBytes = contentLength(response);
      const report = (receivedBytes: number): void => {
        options.onProgress?.({ step: 'download', inferenceId: inference.id, receivedBytes, totalBytes });
      };
      return { sizeBytes: await saveBody(bodyChunks(response), path, report) };
    });
  }

  /** The bytes of one image of a succeeded job, at most 1 GiB. */
  readResult(inference: Inference, options: DownloadOptions = {}): Promise<Uint8Array> {
    return this.#withImage(inference, options, (response) => readBytes(response, maxImageBytes));
  }

  async #withImage<T>(
    inference: Inference,
    options: DownloadOptions,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#fetchImage(inference, options, read);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 403) throw error;
      return await this.#fetchImage(await this.getInference(inference.id, options), options, read);
    }
  }

  #fetchImage<T>(inference: Inference, options: DownloadOptions, read: (response: Response) => Promise<T>): Promise<T> {
    const url = imageUrl(inference, options.index ?? 0);
    return send({ method: 'GET', url, headers: this.#bareHeaders(), ...this.#transfer(options) }, read);
  }

  #transfer(options: CallOptions) {
    const timeoutMs = options.timeoutMs ?? this.#settings.transferTimeoutMs;
    return { repeat: 'safe', timeoutMs, signal: options.signal, peer: 'store' } as const;
  }

  /** What goes to the object store: nothing that it could learn a credential from. */
  #bareHeaders(): Record<string, string> {
    return { 'user-agent': this.#settings.userAgent };
  }

  #inferenceUrl(inferenceId: string): string {
    return this.#url(`inferences/${encodeURIComponent(inferenceId)}`);
  }

  #url(path: string): string {
    return `${this.#settings.urls.esd}/${path}`;
  }
}

/** The payload of a job as it is uploaded. */
export function encodePayload(payload: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(payload));
}

function imageUrl(inference: Inference, index: number): string {
  const url = inference.imageUrls[index];
  if (url !== undefined && /^https?:/u.test(url)) return url;
  throw new ApiError({
    status: 200,
    code: 'UNEXPECTED_ANSWER',
    message: `job ${inference.id} (${inference.status}) has no image ${index}`,
    hint: 'Only a succeeded job has images; look at it with infermesh jobs get, or in the server log.',
  });
}

/** Null when unknown, or when the body travels compressed and its length says nothing about the file. */
function contentLength(response: Response): number | null {
  const header = response.headers.get('content-length');
  return header === null || response.headers.has('content-encoding') ? null : Number(header);
}
