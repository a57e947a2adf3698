import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { startLocalS3 } from '@infermesh/local-s3';
import { openMediaTools } from '@infermesh/media';
import { createMediaClient } from '@infermesh/media-client';
import { startMediaConverter } from '@infermesh/media-converter';
import { createObjectStore } from '@infermesh/object-store';
import { startEmbeddedRedis } from '@infermesh/redis';
import { createLogger, Metrics } from '@infermesh/telemetry';
import sharp from 'sharp';

const sourceSide = 1024;
const targetSide = 512;
const quality = 90;
const photograph = fileURLToPath(new URL('../../models/photographs/coffee.jpg', import.meta.url));

export interface MediaSubjects extends AsyncDisposable {
  /** Bytes of the picture that is sent. */
  readonly sizeBytes: number;
  /** One picture each, halved. */
  readonly requests: Readonly<Record<string, () => Promise<unknown>>>;
}

/** sharp alone; packages/media with its processes; the service by its client, as a gateway asks it that runs in the same process or elsewhere. */
export async function startMediaSubjects(): Promise<MediaSubjects> {
  await using opened = new ResourceStack();
  const folder = await mkdtemp(join(tmpdir(), 'bench-media-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const logger = createLogger({ service: 'bench', level: 'warn' });
  const searchPath = process.env['PATH'];
  const picture = await sharp(await readFile(photograph))
    .resize(sourceSide, sourceSide, { fit: 'fill' })
    .jpeg({ quality })
    .toBuffer();

  const tools = opened.use(await openMediaTools({ scratchFolder: join(folder, 'tools'), searchPath }));
  const redis = opened.use(await startEmbeddedRedis({ folder: join(folder, 'redis'), logger }));
  const keys = { accessKeyId: 'bench', secretAccessKey: 'bench-secret-of-this-run' };
  const s3 = opened.use(await startLocalS3({ folder: join(folder, 'objects'), credentials: [keys], logger }));
  const objectStore = opened.use(
    createObjectStore({ endpoint: s3.url, region: 'us-east-1', bucket: 'media', ...keys }),
  );
  await objectStore.ensureBucket(AbortSignal.timeout(10_000));
  const queueOf = (service: string) => opened.use(createJobQueue({ redisUrl: redis.url, service, logger }));
  const { client: neighbour } = opened.use(
    await startMediaConverter({
      jobQueue: queueOf('media-converter'),
      objectStore,
      storeOrigins: [new URL(s3.url).origin],
      scratchFolder: join(folder, 'service'),
      searchPath,
      logger,
      metrics: new Metrics(),
    }),
  );
  const client = createMediaClient(queueOf('bench'));
  const wanted = {
    formats: ['jpeg' as const],
    width: { supported: [targetSide] },
    height: { supported: [targetSide] },
    quality,
  };
  sharp.concurrency(1);
  const kept = opened.move();
  return {
    sizeBytes: picture.length,
    requests: {
      sharp: () =>
        sharp(picture, { autoOrient: true })
          .resize(targetSide, targetSide, { fit: 'fill' })
          .jpeg({ quality })
          .toBuffer(),
      tools: () => tools.convertImage(picture, { kind: 'image', ...wanted }),
      neighbour: () => neighbour.convertImage(picture, wanted, { deadlineAt: Date.now() + 60_000 }),
      // A copy each: the client would send the same array once.
      service: () => client.convertImage(Buffer.from(picture), wanted, { deadlineAt: Date.now() + 60_000 }),
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}
