import { MeshError, errorCodes } from '@infermesh/errors';
import type { Metrics } from '@infermesh/telemetry';
import { bytesAnswer, jsonAnswer, type HttpAnswer } from './answer.js';
import type { Dialect, Route } from './dialect.js';

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
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/healthz',
      access: 'public',
      operationId: 'getHealth',
      handler: () => Promise.resolve(jsonAnswer(200, { status: 'ok' })),
    },
    {
      method: 'GET',
      path: '/readyz',
      access: 'public',
      operationId: 'getReadiness',
      handler: async () =>
        stopping.aborted ? jsonAnswer(503, { status: 'stopping', checks: [] }) : readinessAnswer(await readiness()),
    },
  ];
  if (metrics !== undefined) {
    routes.push({
      method: 'GET',
      path: '/metrics',
      access: 'public',
      operationId: 'getMetrics',
      async handler() {
        const { body, contentType } = await metrics.render();
        return bytesAnswer(200, body, contentType);
      },
    });
  }
  return {
    name: 'server',
    limits: { bodyBytes: 0, requestTimeoutMs: 30_000 },
    cors: { origins: [] },
    routes,
    authenticate: () => Promise.reject(new MeshError('UNAUTHENTICATED', 'no key opens this')),
    parseBody: () => undefined,
    notFound: (request) => errorAnswer(new MeshError('NOT_FOUND', `nothing at ${request.path}`)),
    answerError: errorAnswer,
  };
}

function errorAnswer(error: MeshError): HttpAnswer {
  return jsonAnswer(errorCodes[error.code].status, { error: { code: error.code, message: error.message } });
}

function readinessAnswer(checks: readonly DependencyState[] | undefined): HttpAnswer {
  if (checks === undefined) return jsonAnswer(503, { status: 'not ready', checks: [] });
  const isReady = checks.every(({ ok }) => ok);
  return jsonAnswer(isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready', checks });
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
