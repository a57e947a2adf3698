import { request as requestHttp } from 'node:http';
import { buffer } from 'node:stream/consumers';

export type Json = Record<string, unknown>;

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'OPTIONS' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** A connection of its own for each request, as the libraries of the dialect make them. Rejects when it breaks. */
export async function exchange(url: string, { method, headers = {}, body, signal }: WireRequest): Promise<WireAnswer> {
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    const request = requestHttp(url, { method, headers, agent: false, ...(signal === undefined ? {} : { signal }) });
    request.once('response', resolve).once('error', reject);
    request.end(body);
  });
  const text = (await buffer(answer)).toString();
  return { status: answer.statusCode ?? 0, headers: answer.headers, text };
}

/** @throws Error when the text is no JSON object */
export function objectOf(text: string): Json {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`no object: ${text}`);
  return value as Json;
}
