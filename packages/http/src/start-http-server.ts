import { setTimeout as delay } from 'node:timers/promises';
import { MeshError } from '@infermesh/errors';
import { ResourceStack } from '@infermesh/lifecycle';
import type { Logger, Metrics } from '@infermesh/telemetry';
import { BodyBudget } from './body-budget.js';
import { JsonReader } from './json-reader.js';
import { Listener, type ListenerLimits } from './listener.js';
import { RequestMetrics } from './request-metrics.js';
import { RequestRunner } from './request-runner.js';
import { createRouter } from './router.js';
import { buildRouteTable, routeEntries, type Mount } from './route-table.js';
import { createServerDialect, type HealthSource } from './server-dialect.js';

export interface HttpServerOptions {
  /** Mounts with the same host and port (0 included) share one listener. */
  readonly mounts: readonly Mount[];
  readonly health: HealthSource;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** How long running requests may go on after a stop, before their signals fire and their connections are closed. */
  readonly stopGraceMs: number;
  /** How long `/readyz` answers 503 before connections are refused, for load balancers to notice. Default 0. */
  readonly drainMs?: number;
  /** `/metrics` answers only here. Default: on every address. */
  readonly metricsAddress?: { readonly host: string; readonly port: number };
  readonly limits?: Partial<HttpServerLimits>;
}

export interface HttpServerLimits extends ListenerLimits {
  /** Bytes of all bodies held at once. Default 1 GiB. */
  readonly bodyBudgetBytes: number;
  /** JSON above it is parsed on a thread. Default 512 KiB: 1 ms as one long text, 6 ms as an array of numbers. */
  readonly inlineJsonBytes: number;
  /** How often an idle event stream sends a comment. Default 15 s. */
  readonly keepAliveCommentMs: number;
  /** A client that takes no bytes of its answer for this long loses its connection. Default 60 s. */
  readonly stallMs: number;
  /** Time for all readiness checks together. Default 2 s. */
  readonly readyTimeoutMs: number;
}

const defaultLimits: HttpServerLimits = {
  maxConnections: 10_000,
  maxHeaderBytes: 16_384,
  headersTimeoutMs: 10_000,
  receiveTimeoutMs: 300_000,
  keepAliveTimeoutMs: 65_000,
  bodyBudgetBytes: 1_073_741_824,
  inlineJsonBytes: 524_288,
  keepAliveCommentMs: 15_000,
  stallMs: 60_000,
  readyTimeoutMs: 2_000,
};

/** After the grace, the time for aborted requests to say so. */
const lastWordsMs = 500;

export interface HttpServer extends AsyncDisposable {
  /** Where each mount answers, its prefix included, in the order of `mounts`. */
  readonly addresses: readonly { readonly dialect: string; readonly url: string }[];
  /** Where `/metrics` answers. */
  readonly metricsUrl: string;
}

/**
 * Opens every address, or none.
 *
 * @throws MeshError CONFIG_INVALID when two owners claim one path, or an address cannot be taken
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const stopping = new AbortController();
  await using opened = new ResourceStack();
  const jsonReader = opened.use(
    new JsonReader({ inlineBytes: limits.inlineJsonBytes, maxWaiting: 16, maxHeapMb: 2_048 }),
  );
  const listeners = new Map<string, Listener>();
  const runner = new RequestRunner({
    logger: options.logger,
    metrics: new RequestMetrics(options.metrics),
    jsonReader,
    bodyBudget: new BodyBudget(limits.bodyBudgetBytes),
    stopping: stopping.signal,
    keepAliveMs: limits.keepAliveCommentMs,
    stallMs: limits.stallMs,
    onDone: () => {
      if (stopping.signal.aborted) setImmediate(closeIdle, listeners);
    },
  });
  opened.defer(() => stopListeners([...listeners.values()], runner, stopping, options));
  const plans = planListeners(options, limits, stopping.signal, runner);
  for (const [key, plan] of plans) listeners.set(key, await Listener.open({ ...plan, limits }));
  const kept = opened.move();
  return {
    addresses: options.mounts.map(({ dialect, address }) => ({
      dialect: dialect.name,
      url: `${urlOf(listeners, address)}${address.prefix}`,
    })),
    metricsUrl: `${urlOf(listeners, options.metricsAddress ?? options.mounts[0]?.address)}/metrics`,
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

type ListenerPlan = Pick<Parameters<typeof Listener.open>[0], 'host' | 'port' | 'handle'>;

/** Every router is built, and every clash found, before the first socket opens. */
function planListeners(
  options: HttpServerOptions,
  limits: HttpServerLimits,
  stopping: AbortSignal,
  runner: RequestRunner,
): Map<string, ListenerPlan> {
  const { metricsAddress, metrics, health } = options;
  const places = [
    ...options.mounts.map(({ address }) => address),
    ...(metricsAddress === undefined ? [] : [metricsAddress]),
  ];
  const plans = new Map<string, ListenerPlan>();
  for (const { host, port } of places) {
    const key = keyOf({ host, port });
    if (plans.has(key)) continue;
    const mounts = options.mounts.filter(({ address }) => keyOf(address) === key);
    const hasMetrics = metricsAddress === undefined || keyOf(metricsAddress) === key;
    const dialect = createServerDialect({
      health,
      metrics: hasMetrics ? metrics : undefined,
      readyTimeoutMs: limits.readyTimeoutMs,
      stopping,
    });
    const own: Mount = { dialect, address: { host, port, prefix: '' } };
    const handle = createRouter({
      entries: [...routeEntries(own), ...buildRouteTable(mounts)],
      mounts,
      fallback: own,
      run: (request, response, target) => void runner.run(request, response, target),
    });
    plans.set(key, { host, port, handle });
  }
  return plans;
}

const keyOf = ({ host, port }: { readonly host: string; readonly port: number }): string => `${host} ${String(port)}`;

function urlOf(
  listeners: ReadonlyMap<string, Listener>,
  address: { readonly host: string; readonly port: number } | undefined,
): string {
  return address === undefined ? '' : (listeners.get(keyOf(address))?.url ?? '');
}

function closeIdle(listeners: ReadonlyMap<string, Listener>): void {
  for (const listener of listeners.values()) listener.closeIdle();
}

/** Readiness goes first, then new connections, then, past the grace, what still runs. */
async function stopListeners(
  listeners: readonly Listener[],
  runner: RequestRunner,
  stopping: AbortController,
  { stopGraceMs, drainMs = 0 }: HttpServerOptions,
): Promise<void> {
  stopping.abort();
  if (drainMs > 0) await delay(drainMs);
  const closed = Promise.all(listeners.map((listener) => listener.close())).then(() => 'closed' as const);
  if ((await before(closed, stopGraceMs)) === 'closed') return;
  runner.abortAll(new MeshError('SERVICE_UNAVAILABLE', 'the server is stopping', { retryAfterSeconds: 1 }));
  if ((await before(closed, lastWordsMs)) === 'closed') return;
  for (const listener of listeners) listener.closeAll();
  await closed;
}

async function before<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const cancel = new AbortController();
  try {
    return await Promise.race([work, delay(timeoutMs, undefined, { signal: cancel.signal })]);
  } finally {
    cancel.abort();
  }
}
