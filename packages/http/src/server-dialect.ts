import { MeshError, errorCodes } from '@infermesh/errors';
import type { Metrics } from '@infermesh/telemetry';
import { z } from 'zod';
import { mediaDocs } from './answer-docs.js';
import { bytesAnswer, jsonAnswer, type HttpAnswer, type JsonAnswer } from './answer.js';
import type { Caller } from './dialect-request.js';
import type { Dialect } from './dialect.js';
import { routesFor, type Route } from './route.js';

export interface DependencyState {
  readonly name: string;
  readonly ok: boolean;
  /** Public: no addresses, no secrets. */
  readonly detail?: string;
}

export interface HealthSource {
  /** The state of everything that this process needs to work. A rejection counts as not ready. */
  ready(): Promise<readonly DependencyState[]>;
}

export interface ServerDialectOptions {
  readonly health: HealthSource;
  /** Undefined where another address has the metrics. */
  readonly metrics: Metrics | undefined;
  readonly readyTimeoutMs: number;
  readonly stopping: AbortSignal;
}

/** What the server says for itself: health, metrics, and paths that belong to nobody. */
export function createServerDialect({ health, metrics, readyTimeoutMs, stopping }: ServerDialectOptions): Dialect {
  const readiness = shareWhileRunning(() => withTimeout(health.ready(), readyTimeoutMs));
  const route = routesFor<Caller>();
  const routes: Route[] = [
    route.open({
      method: 'GET',
      path: '/healthz',
      operationId: 'getHealth',
      answers: { 200: z.object({ status: z.literal('ok') }) },
      handler: () => Promise.resolve(jsonAnswer(200, { status: 'ok' as const })),
    }),
    route.open({
      method: 'GET',
      path: '/readyz',
      operationId: 'getReadiness',
      answers: { 200: readinessView, 503: readinessView },
      handler: async () =>
        stopping.aborted
          ? jsonAnswer(503, { status: 'stopping' as const, checks: [] })
          : readinessAnswer(await readiness()),
    }),
  ];
  if (metrics !== undefined) {
    routes.push(
      route.open({
        method: 'GET',
        path: '/metrics',
        operationId: 'getMetrics',
        answers: { 200: mediaDocs('text/plain') },
        async handler() {
          const { body, contentType } = await metrics.render();
          return bytesAnswer(200, body, contentType);
        },
      }),
    );
  }
  return {
    name: 'server',
    limits: { bodyBytes: 0, requestTimeoutMs: 30_000 },
    cors: { origins: [] },
    routes,
    authenticate: () => Promise.reject(new MeshError('UNAUTHENTICATED', 'no key opens this')),
    authorise: () => {
      throw new MeshError('FORBIDDEN', 'no permission opens this');
    },
    parseBody: () => undefined,
    notFound: (request) => errorAnswer(new MeshError('NOT_FOUND', `nothing at ${request.path}`)),
    answerError: errorAnswer,
  };
}

function errorAnswer(error: MeshError): HttpAnswer {
  return jsonAnswer(errorCodes[error.code].status, { error: { code: error.code, message: error.message } });
}

const readinessView = z.object({
  status: z.enum(['ready', 'not ready', 'stopping']),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })),
});

function readinessAnswer(
  checks: readonly DependencyState[] | undefined,
): JsonAnswer<200 | 503, z.input<typeof readinessView>> {
  if (checks === undefined) return jsonAnswer(503, { status: 'not ready', checks: [] });
  const isReady = checks.every(({ ok }) => ok);
  return jsonAnswer(isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready', checks: [...checks] });
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined);
  });
  try {
    return await Promise.race([work.catch(() => undefined), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Callers that ask while a check runs get its result: probes of strangers must not multiply the checks. */
function shareWhileRunning<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
}
