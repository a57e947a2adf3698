import { MeshError } from '@infermesh/errors';
import { ResourceStack, lockFolder } from '@infermesh/lifecycle';
import type { Logger } from '@infermesh/telemetry';
import { DiskStore } from './disk/disk-store.js';
import { listen } from './http/listen.js';
import { RequestHandler } from './http/request-handler.js';
import { Authenticator } from './signature/authenticate.js';
import type { Credentials } from './signature/request-signer.js';

export interface LocalS3Options {
  /** Where everything is kept; made when missing. One server at a time. */
  readonly folder: string;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly credentials: readonly Credentials[];
  /** Default `us-east-1`. Requests signed for another region are refused. */
  readonly region?: string;
  /** Made when missing. */
  readonly buckets?: readonly string[];
  /** Largest object, or part of one; default 5 GiB, as S3 has it for one request. */
  readonly maxObjectBytes?: number;
  /** Uploads that would leave less on the disk are refused; default 1 GiB, or 2 % of a disk where that is less. */
  readonly minFreeBytes?: number;
  /** Ask the disk to confirm each write; default false: a power cut may lose the last seconds, a crash loses nothing. */
  readonly fsync?: boolean;
  readonly logger?: Logger;
  /** Milliseconds since 1970; default the system's. */
  readonly clock?: () => number;
}

export interface LocalS3 extends AsyncDisposable {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
}

const abandonedMs = 24 * 3_600_000;
const sweepEveryMs = 3_600_000;

function sweepUploads(store: DiskStore, logger: Logger | undefined): () => void {
  const timer = setInterval(() => {
    store.abortUploadsOlderThan(abandonedMs).catch((error: unknown) => {
      logger?.warn({ err: error }, 'abandoned uploads were not removed');
    });
  }, sweepEveryMs).unref();
  return () => {
    clearInterval(timer);
  };
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

/**
 * Serves S3 from a folder, path-style, over plain HTTP. Every request must carry a good signature.
 *
 * @throws MeshError CONFLICT when another server has the folder; CONFIG_INVALID without credentials
 */
export async function startLocalS3(options: LocalS3Options): Promise<LocalS3> {
  const {
    folder,
    host = '127.0.0.1',
    port = 0,
    region = 'us-east-1',
    fsync = false,
    logger,
    clock = Date.now,
  } = options;
  if (options.credentials.length === 0)
    throw new MeshError('CONFIG_INVALID', 'local-s3 needs at least one pair of credentials');
  await using starting = new ResourceStack();
  starting.use(await lockFolder(folder));
  const store = await DiskStore.open({ folder, fsync, minFreeBytes: options.minFreeBytes, logger, clock });
  await store.abortUploadsOlderThan(abandonedMs);
  for (const name of options.buckets ?? []) await store.create(name);
  starting.defer(sweepUploads(store, logger));
  const authenticator = new Authenticator({ credentials: options.credentials, region, clock });
  const { maxObjectBytes = 5 * 1024 ** 3 } = options;
  const handler = new RequestHandler({ store, authenticator, region, maxObjectBytes, logger, clock });
  const listening = starting.use(await listen(handler, host, port));
  const resources = starting.move();
  return {
    url: urlOf(host, listening.port),
    port: listening.port,
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}
