import { z } from 'zod';
import { ApiError } from './errors.js';

const maxErrorBytes = 65_536;

const meshShape = z.object({
  error: z.object({
    message: z.string(),
    code: z.string().optional(),
    field: z.string().nullish(),
    requestId: z.string().nullish(),
  }),
});
const esdShape = z.object({ message: z.string(), requestId: z.string().nullish() });

interface ErrorBody {
  readonly message?: string;
  readonly code?: string | undefined;
  readonly field?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Who answered: the gateway's own routes, or the object store behind a presigned URL. */
export type Peer = 'gateway' | 'store';

/** Reads an answer outside 2xx into the error that it means. Never throws by itself. */
export async function refusal(response: Response, peer: Peer): Promise<ApiError> {
  const text = await readStart(response);
  return peer === 'gateway' ? gatewayRefusal(response, parseErrorBody(text)) : storeRefusal(response, text);
}

function gatewayRefusal(response: Response, body: ErrorBody): ApiError {
  const { status } = response;
  const retryAfterMs = retryAfterOf(response);
  return new ApiError({
    status,
    message: isRedirect(status) ? redirectMessage(response) : (body.message ?? `the server answered ${status}`),
    hint: hintFor(status, body.message, retryAfterMs),
    code: body.code,
    field: body.field,
    requestId: body.requestId ?? response.headers.get('x-request-id') ?? undefined,
    retryAfterMs,
  });
}

function storeRefusal(response: Response, text: string): ApiError {
  const { status } = response;
  const reason = /<Code>([A-Za-z]+)<\/Code>/u.exec(text)?.[1];
  return new ApiError({
    status,
    message: `the object store answered ${status}${reason === undefined ? '' : ` (${reason})`}`,
    hint: storeHint(status, reason),
    code: 'STORAGE_REFUSED',
    requestId: response.headers.get('x-amz-request-id') ?? undefined,
    retryAfterMs: retryAfterOf(response),
  });
}

function storeHint(status: number, reason: string | undefined): string {
  if (status === 413 || reason === 'EntityTooLarge')
    return 'The payload is over the limit of its job type: send a smaller image.';
  if (reason === 'InsufficientStorage')
    return 'The disk of the object store is full: tell its operator, and try again later.';
  if (status === 403) return 'The presigned URL has expired (they live an hour) or was altered: ask for the job again.';
  if (status === 404) return 'The object is gone: results are kept for a limited time. Send the job again.';
  return 'Try again, and if it stays, give the request id to the operator.';
}

async function readStart(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      sizeBytes += chunk.byteLength;
      if (sizeBytes >= maxErrorBytes) break;
    }
  } catch {
    // The status alone is an answer: a body that breaks off takes nothing from it.
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseErrorBody(text: string): ErrorBody {
  const json = parseJson(text);
  const mesh = meshShape.safeParse(json);
  if (mesh.success) {
    const { message, code, field, requestId } = mesh.data.error;
    return { message, code, field: field ?? undefined, requestId: requestId ?? undefined };
  }
  const esd = esdShape.safeParse(json);
  if (esd.success) return { message: esd.data.message, requestId: esd.data.requestId ?? undefined };
  return {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function retryAfterOf(response: Response): number | undefined {
  return parseRetryAfter(response.headers.get('retry-after'), Date.now());
}

/** Milliseconds of a Retry-After header (seconds or an HTTP date), or undefined when absent or unreadable. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/u.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

function redirectMessage(response: Response): string {
  const location = response.headers.get('location') ?? '';
  const url = URL.canParse(location, response.url) ? new URL(location, response.url) : null;
  const target = url === null ? 'another address' : `${url.origin}${url.pathname}`;
  return `the server points to ${target}; the API key is not sent there`;
}

function hintFor(status: number, message: string | undefined, retryAfterMs: number | undefined): string {
  if (isRedirect(status))
    return 'Set the gateway address to where it really stands (https instead of http, for instance).';
  if (status === 401 || (status === 403 && message === 'Forbidden')) {
    return 'The API key is missing, unknown, expired or revoked: log in again (infermesh login), or set INFERMESH_API_KEY.';
  }
  if (status === 403 && message === 'Missing Authentication Token')
    return 'The gateway has no such path: check the address; it usually ends in /prod.';
  if (status === 403)
    return 'The key is good but may not do this: ask an administrator for the permission, or use another key.';
  if (status === 404) return 'Check the id and the address: the thing does not exist, or it belongs to someone else.';
  if (status === 413) return 'Send less at once: a smaller image or a shorter request.';
  if (status === 429 || status === 503) {
    return retryAfterMs === undefined
      ? 'The server is busy: try again in a moment.'
      : `Try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
  }
  if (status >= 500)
    return 'The fault is at the server: try again, and if it stays, give the request id to its operator.';
  return 'Correct the request as the message says and send it again.';
}
