import type { z } from 'zod';
import type { GatewayUrls } from './base-url.js';
import { ApiError } from './errors.js';
import { bodyChunks, send, type RepeatRule } from './transport.js';

export interface CallOptions {
  /** Aborts the call; what it throws is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Limit of the whole call with its repetitions. @default the client's timeoutMs */
  readonly timeoutMs?: number | undefined;
}

export interface ApiSettings {
  readonly urls: GatewayUrls;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly transferTimeoutMs: number;
  readonly userAgent: string;
}

export interface ApiRequest extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Full URL of a route of the gateway. */
  readonly url: string;
  readonly json?: unknown;
  readonly repeat: RepeatRule;
  /** False for the login, whose caller has no key yet. @default true */
  readonly withKey?: boolean;
  /** Beside those of every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  /** The parsed body; null when there is none. */
  readonly json: unknown;
}

const maxAnswerBytes = 64 * 1024 * 1024;

/**
 * Calls one JSON route of the gateway. The key travels in a header, and to no other origin.
 *
 * @throws ApiError, ConnectionError, DeadlineError, or the signal's reason
 */
export function callApi(settings: ApiSettings, request: ApiRequest): Promise<ApiAnswer> {
  const { apiKey } = settings;
  const call = {
    method: request.method,
    url: request.url,
    headers: {
      accept: 'application/json',
      'user-agent': settings.userAgent,
      ...(request.json !== undefined && { 'content-type': 'application/json' }),
      ...(apiKey !== undefined && request.withKey !== false && { 'x-api-key': apiKey }),
      ...request.headers,
    },
    ...(request.json !== undefined && { body: new TextEncoder().encode(JSON.stringify(request.json)) }),
    repeat: request.repeat,
    timeoutMs: request.timeoutMs ?? settings.timeoutMs,
    signal: request.signal,
    peer: 'gateway' as const,
  };
  return send(call, readAnswer);
}

async function readAnswer(response: Response): Promise<ApiAnswer> {
  const text = new TextDecoder().decode(await readBytes(response, maxAnswerBytes));
  if (text === '') return { status: response.status, json: null };
  try {
    return { status: response.status, json: JSON.parse(text) };
  } catch (cause) {
    throw unexpectedAnswer(response.status, 'it is not JSON', cause);
  }
}

/** @throws ApiError UNEXPECTED_ANSWER when the answer is over `maxBytes`; ConnectionError when it breaks off */
export async function readBytes(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of bodyChunks(response)) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) throw unexpectedAnswer(response.status, `it is over ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
}

/** @throws ApiError UNEXPECTED_ANSWER when the body is not what `schema` says */
export function parseAnswer<Schema extends z.ZodType>(schema: Schema, answer: ApiAnswer): z.output<Schema> {
  const parsed = schema.safeParse(answer.json);
  if (parsed.success) return parsed.data;
  const fault = parsed.error.issues[0];
  const where = fault === undefined ? 'body' : fault.path.join('.') || 'body';
  throw unexpectedAnswer(answer.status, `${where}: ${fault?.message ?? 'not as expected'}`, parsed.error);
}

function unexpectedAnswer(status: number, detail: string, cause?: unknown): ApiError {
  return new ApiError(
    {
      status,
      code: 'UNEXPECTED_ANSWER',
      message: `the answer is not one of an infermesh gateway: ${detail}`,
      hint: 'Check the gateway address (http://HOST:PORT/prod), and that client and server are of one release.',
    },
    { cause },
  );
}
