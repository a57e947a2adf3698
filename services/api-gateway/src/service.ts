import type { ListenAddress } from '@infermesh/config';
import { findCheckpoints, getJob, listEndpoints, probeMedia, verifyKey } from '@infermesh/contracts';
import { toMeshError, type ErrorCode } from '@infermesh/errors';
import { startHttpServer, type DependencyState, type Dialect, type HttpServer } from '@infermesh/http';
import type { JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { createMediaClient, type MediaClient } from '@infermesh/media-client';
import type { Logger, Metrics } from '@infermesh/telemetry';
import { Admission, type AdmissionLimits } from './admission.js';
import type { GatewayConfig } from './config.js';
import { openAime } from './dialects/aime/open-aime.js';
import { readAimeServer, type AimeConfig } from './dialects/aime/read-aime-server.js';
import { createMediaConverter } from './dialects/aime-media/create-media-converter.js';
import { loadOwnRuntimes } from './dialects/aime-runtimes/own-runtimes.js';
import { createAuthDialect } from './dialects/auth/auth-dialect.js';
import { createEsdDialect } from './dialects/esd/esd-dialect.js';
import { followAuthChanges } from './follow-auth-changes.js';
import { KeyVerifier } from './key-verifier.js';
import { StreamSeats } from './stream-seats.js';
import { UserDirectory } from './user-directory.js';

/** What every dialect may build on. */
export interface GatewayParts {
  readonly jobQueue: JobQueue;
  readonly keys: KeyVerifier;
  readonly admission: Admission;
  readonly streams: StreamSeats;
  readonly logger: Logger;
}

/** A dialect that a deployment adds to those of the product. */
export interface ExtraDialect {
  readonly create: (parts: GatewayParts) => Dialect;
  readonly listen: readonly ListenAddress[];
}

export interface GatewayOptions {
  readonly config: Pick<GatewayConfig, 'pepper' | 'listen' | 'stopGraceMs' | 'esd'> & {
    readonly admission: AdmissionLimits;
    /** Without a folder and a file AIME is not served. */
    readonly aime?: AimeConfig;
  };
  readonly jobQueue: JobQueue;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Default: the media converter by way of the queue. */
  readonly media?: MediaClient;
  readonly extraDialects?: readonly ExtraDialect[];
}

export interface Gateway extends AsyncDisposable {
  readonly addresses: HttpServer['addresses'];
}

/** Opens the mesh's only HTTP door. */
export async function startGateway({
  config,
  jobQueue,
  logger,
  metrics,
  media = createMediaClient(jobQueue),
  extraDialects = [],
}: GatewayOptions): Promise<Gateway> {
  await using opened = new ResourceStack();
  const keys = new KeyVerifier({ jobQueue, pepper: config.pepper });
  const users = new UserDirectory(jobQueue);
  opened.use(followAuthChanges(jobQueue, [keys, users], logger));
  const parts: GatewayParts = {
    jobQueue,
    keys,
    admission: new Admission(config.admission),
    streams: new StreamSeats(config.admission.streamsPerKey),
    logger,
  };
  const dialects: { dialect: Dialect; listen: readonly ListenAddress[] }[] = [
    {
      dialect: createEsdDialect({ ...parts, users, settings: config.esd, pepper: config.pepper }),
      listen: config.listen.esd,
    },
    { dialect: createAuthDialect({ ...parts, pepper: config.pepper }), listen: config.listen.auth },
    ...(await openAimeDoor({ parts, config, metrics, mediaClient: media }, opened)),
    ...extraDialects.map(({ create, listen }) => ({ dialect: create(parts), listen })),
  ];
  const server = opened.use(
    await startHttpServer({
      mounts: dialects.flatMap(({ dialect, listen }) => listen.map((address) => ({ dialect, address }))),
      health: { ready: () => checkDependencies(jobQueue) },
      metrics,
      logger,
      stopGraceMs: config.stopGraceMs,
    }),
  );
  for (const { dialect, url } of server.addresses) logger.info({ dialect, address: url }, 'listening');
  const kept = opened.move();
  return { addresses: server.addresses, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

interface AimeDoor {
  readonly parts: GatewayParts;
  readonly config: GatewayOptions['config'];
  readonly metrics: Metrics;
  readonly mediaClient: MediaClient;
}

async function openAimeDoor(
  { parts, config: { aime, pepper }, metrics, mediaClient }: AimeDoor,
  opened: ResourceStack,
): Promise<{ dialect: Dialect; listen: readonly ListenAddress[] }[]> {
  if (aime?.endpointsFolder === undefined && aime?.serverFile === undefined) return [];
  const { server, listen } = await readAimeServer(aime, parts.logger);
  const { allowOpen, runtimesFile } = aime;
  const runtimes = await loadOwnRuntimes(runtimesFile);
  const { dialect } = opened.use(
    await openAime({
      ...parts,
      metrics,
      pepper,
      server,
      allowOpen,
      media: createMediaConverter({ client: mediaClient }),
      runtimes,
    }),
  );
  return [{ dialect, listen }];
}

/** Ready means that the services behind this door answer. What they answer to these questions is no matter. */
async function checkDependencies(jobQueue: JobQueue): Promise<DependencyState[]> {
  const options = { deadlineAt: Date.now() + 1_500 };
  const access = { tenantId: 'none', subject: 'none' };
  const asked: Record<string, Promise<unknown>> = {
    auth: jobQueue.call(verifyKey, { digest: '0'.repeat(64) }, options),
    dispatcher: jobQueue.call(getJob, { access, id: '00000000-0000-4000-8000-000000000000' }, options),
    'endpoint-manager': jobQueue.call(listEndpoints, {}, options),
    'checkpoint-store': jobQueue.call(findCheckpoints, { tenantId: 'none', type: 'none' }, options),
    'media-converter': jobQueue.call(probeMedia, { source: { kind: 'inline', base64: '' } }, options),
  };
  const answers = await Promise.allSettled(Object.values(asked));
  return Object.keys(asked).map((name, index) => toState(name, answers[index]));
}

/** An answer of these codes comes from the service itself. */
const aliveCodes: readonly ErrorCode[] = ['UNAUTHENTICATED', 'NOT_FOUND', 'MEDIA_INVALID', 'QUEUE_FULL'];

function toState(name: string, result: PromiseSettledResult<unknown> | undefined): DependencyState {
  if (result?.status !== 'rejected') return { name, ok: true };
  const { code } = toMeshError(result.reason);
  return aliveCodes.includes(code) ? { name, ok: true } : { name, ok: false, detail: code };
}
