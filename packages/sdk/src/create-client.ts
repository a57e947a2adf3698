import type { ApiSettings } from './api.js';
import { AuthApi } from './auth/auth-api.js';
import { parseBaseUrl } from './base-url.js';
import { CheckpointApi } from './checkpoints/checkpoint-api.js';
import { UsageError } from './errors.js';
import { EsdApi } from './esd/esd-api.js';
import type { Inference } from './esd/inference.js';
import { upscale, type UpscaleOptions } from './esd/upscale.js';
import { version } from './version.js';

export interface ClientOptions {
  /** Address of the gateway, for example `http://127.0.0.1:8600/prod`; without a path `/prod` is added, with `/` alone it is not. */
  readonly baseUrl: string;
  /** Sent as `x-api-key` to the gateway alone: not to presigned URLs, not along redirects. Only the login works without. */
  readonly apiKey?: string | undefined;
  /** Limit of one call with its repetitions. @default 30000 */
  readonly timeoutMs?: number | undefined;
  /** Limit of one upload or download. @default 300000 */
  readonly transferTimeoutMs?: number | undefined;
  /** @default infermesh-sdk/VERSION */
  readonly userAgent?: string | undefined;
}

export interface Client {
  readonly esd: EsdApi;
  readonly auth: AuthApi;
  readonly checkpoints: CheckpointApi;
  /** Enlarges one image; see `upscale`. */
  upscale(image: Uint8Array, options?: UpscaleOptions): Promise<Inference>;
}

/**
 * Makes a client. Opens no connection.
 *
 * @throws UsageError when the address or the key cannot be used
 */
export function createClient(options: ClientOptions): Client {
  const settings: ApiSettings = {
    urls: parseBaseUrl(options.baseUrl),
    apiKey: checkKey(options.apiKey),
    timeoutMs: options.timeoutMs ?? 30_000,
    transferTimeoutMs: options.transferTimeoutMs ?? 300_000,
    userAgent: options.userAgent ?? `infermesh-sdk/${version}`,
  };
  const esd = new EsdApi(settings);
  return {
    esd,
    auth: new AuthApi(settings),
    checkpoints: new CheckpointApi(settings),
    upscale: (image, upscaleOptions) => upscale(esd, image, upscaleOptions),
  };
}

/** Refused here, because fetch would repeat a key that is no header value in its error text. */
function checkKey(apiKey: string | undefined): string | undefined {
  if (apiKey === undefined || /^[\x21-\x7e]+$/u.test(apiKey)) return apiKey;
  throw new UsageError('the API key holds characters that no key has', 'Copy it again, without spaces or line ends.');
}
