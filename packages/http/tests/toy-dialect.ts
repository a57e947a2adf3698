import { setTimeout as delay } from 'node:timers/promises';
import { errorCodes, MeshError } from '@infermesh/errors';
import { createLogger, Metrics } from '@infermesh/telemetry';
import { z } from 'zod';
import {
  jsonAnswer,
  startHttpServer,
  type Caller,
  type Dialect,
  type HttpServer,
  type HttpServerOptions,
  type Route,
} from '../src/index.js';

export interface ToyCaller extends Caller {
  readonly name: string;
}

export const toyKey = 'toy-key';

/** A dialect whose answers carry its name, so that a test sees who spoke. */
export function aDialect(
  name: string,
  routes: readonly Route<ToyCaller>[],
  changes: Partial<Dialect<ToyCaller>> = {},
): Dialect<ToyCaller> {
  return {
    name,
    limits: { bodyBytes: 1_000_000, requestTimeoutMs: 20_000 },
    cors: { origins: '*' },
    routes,
    authenticate(request) {
      if (request.headers['x-key'] !== toyKey) throw new MeshError('UNAUTHENTICATED', 'the key is unknown');
      return Promise.resolve({ keyId: 'key-1', name: 'ada' });
    },
    authorise: () => undefined,
    parseBody: (body) => body.json(),
    notFound: ({ path }) => jsonAnswer(404, { speaker: name, missing: path }),
    answerError: ({ code, message, field }) =>
      jsonAnswer(errorCodes[code].status, { speaker: name, code, message, field }),
    ...changes,
  };
}

export const echo: Route<ToyCaller> = {
  method: 'POST',
  path: '/echo',
  access: 'public',
  operationId: 'echo',
  body: z.unknown().refine((value) => value !== undefined),
  answers: {},
  handler: ({ body }) => Promise.resolve(jsonAnswer(200, body)),
};

export interface ToyServer extends AsyncDisposable {
  readonly server: HttpServer;
  /** Of the first mount. */
  readonly url: string;
  /** The parsed log lines so far. */
  readonly lines: readonly Record<string, unknown>[];
}

/** Dialects on one free port of the loopback, each at its prefix. */
export async function startToy(
  mounts: readonly (readonly [dialect: Dialect, prefix?: string])[],
  changes: Partial<HttpServerOptions> = {},
): Promise<ToyServer> {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const server = await startHttpServer({
    mounts: mounts.map(([dialect, prefix = '']) => ({ dialect, address: { host: '127.0.0.1', port: 0, prefix } })),
    health: { ready: () => Promise.resolve([{ name: 'toy', ok: true }]) },
    metrics: new Metrics(),
    logger: createLogger({ service: 'toy', level: 'info', destination }),
    stopGraceMs: 2_000,
    ...changes,
  });
  return {
    server,
    url: server.addresses[0]?.url ?? '',
    lines,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Polls for what has no event of its own. */
export async function eventually(check: () => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  while (!check()) await delay(5, undefined, { signal: deadline });
}
