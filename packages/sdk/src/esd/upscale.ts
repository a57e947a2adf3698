import { ApiError, ConnectionError, DeadlineError, InfermeshError, UsageError } from '../errors.js';
import { encodePayload, type EsdApi } from './esd-api.js';
import { isFinished, type CreatedInference, type Inference, type InferenceMode } from './inference.js';
import { requireSuccess, type WaitOptions } from './wait-for-inference.js';

export interface UpscaleOptions extends WaitOptions {
  /** Name of the upscaler. @default 'Lanczos', which needs no checkpoint */
  readonly upscaler?: string | undefined;
  /** How many times wider and higher; above 0. @default 2 */
  readonly factor?: number | undefined;
  /** @default 'Async' */
  readonly mode?: InferenceMode | undefined;
  /** Act for this user; needs a key that may. @default the key's own user */
  readonly userId?: string | undefined;
}

const maxStarts = 2;

/**
 * Enlarges one image: creates the job, uploads the payload, starts it and waits for its end.
 *
 * @param image a PNG, JPEG or WebP file
 * @returns the succeeded job; fetch the PNG with `esd.downloadResult` or `esd.readResult`
 * @throws InferenceFailedError, ApiError, ConnectionError, DeadlineError, UsageError; the signal's reason when aborted
 */
export async function upscale(esd: EsdApi, image: Uint8Array, options: UpscaleOptions = {}): Promise<Inference> {
  const { signal, onProgress, mode, userId } = options;
  const payload = upscalePayload(image, options);
  onProgress?.({ step: 'create' });
  const created = await esd.createInference({ taskType: 'extra-single-image', mode, userId }, { signal });
  try {
    return await runCreated(esd, created, payload, options);
  } catch (error) {
    if (error instanceof InfermeshError) error.inferenceId = created.id;
    throw error;
  }
}

async function runCreated(
  esd: EsdApi,
  created: CreatedInference,
  payload: Uint8Array<ArrayBuffer>,
  options: UpscaleOptions,
): Promise<Inference> {
  const { signal, onProgress } = options;
  const inferenceId = created.id;
  onProgress?.({ step: 'upload', inferenceId, sizeBytes: payload.byteLength });
  await esd.uploadPayload(created.uploadUrl, payload, { signal });
  onProgress?.({ step: 'start', inferenceId });
  const finished = await startForSure(esd, inferenceId, signal);
  return finished === null ? await esd.waitForInference(inferenceId, options) : requireSuccess(finished);
}

function upscalePayload(
  image: Uint8Array,
  { factor = 2, upscaler = 'Lanczos' }: UpscaleOptions,
): Uint8Array<ArrayBuffer> {
  if (image.byteLength === 0) throw new UsageError('the image is empty', 'Give the bytes of a PNG, JPEG or WebP file.');
  if (!Number.isFinite(factor) || factor <= 0)
    throw new UsageError('the factor must be above 0', 'Give 2 to double width and height.');
  return encodePayload({
    resize_mode: 0,
    upscaling_resize: factor,
    upscaler_1: upscaler,
    image: Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString('base64'),
  });
}

/**
 * A start whose answer was lost may have arrived or not, and a real-time start says 400 both for a wrong request and for a
 * job that failed. The job itself knows: only one still `created` is started again.
 */
async function startForSure(
  esd: EsdApi,
  inferenceId: string,
  signal: AbortSignal | undefined,
): Promise<Inference | null> {
  for (let start = 1; ; start += 1) {
    try {
      return await esd.startInference(inferenceId, { signal });
    } catch (error) {
      const isLost = error instanceof ConnectionError || error instanceof DeadlineError;
      if (!isLost && !(error instanceof ApiError && error.status === 400)) throw error;
      const inference = await esd.getInference(inferenceId, { signal });
      if (isFinished(inference)) return inference;
      if (!isLost) throw error;
      if (inference.status !== 'created') return null;
      if (start === maxStarts) throw error;
    }
  }
}
