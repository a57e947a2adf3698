import { request as send, type Agent, type IncomingHttpHeaders } from 'node:http';
import { text as readText } from 'node:stream/consumers';

export interface FuzzRequest {
  readonly operationId: string;
  readonly method: string;
  /** As sent, with the query. `fetch` would tidy it. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

export interface FuzzAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const patienceMs = 60_000;

/** @throws Error when the server closes the connection without an answer, or does not answer */
export async function sendRequest(
  base: URL,
  { method, path, headers, body }: FuzzRequest,
  agent: Agent,
): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    const sent = send(
      {
        host: base.hostname,
        port: base.port,
        method,
        path: `${base.pathname.replace(/\/$/u, '')}${path}`,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': body.length }) },
        agent,
        timeout: patienceMs,
      },
      (answer) => {
        if (answer.headers['content-type'] === 'text/event-stream') {
          answer.destroy(); // it may last for an hour
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: '' });
          return;
        }
        readText(answer).then((text) => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
        }, reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${String(patienceMs)} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}
