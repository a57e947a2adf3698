import { join } from 'node:path';
import { startEmbeddedDatabase } from '@infermesh/database';
import type { ResourceStack } from '@infermesh/lifecycle';
import { startLocalS3 } from '@infermesh/local-s3';
import type { ObjectStoreOptions } from '@infermesh/object-store';
import { startEmbeddedRedis } from '@infermesh/redis';
import type { Logger } from '@infermesh/telemetry';
import type { MeshConfig } from './config.js';
import type { Secrets } from './secrets.js';

export interface Ground {
  readonly redisAdminUrl: string;
  readonly databaseUrl: string;
  readonly objectStore: ObjectStoreOptions;
}

/** Redis, Postgres and S3: those that the configuration names, and servers of our own for the rest. */
export async function layGround(
  config: MeshConfig,
  secrets: Secrets,
  opened: ResourceStack,
  logger: Logger,
): Promise<Ground> {
  const [redis, database, s3] = await Promise.allSettled([
    config.redisUrl === undefined
      ? startEmbeddedRedis({ folder: join(config.folder, 'redis'), logger })
      : { url: config.redisUrl },
    config.databaseUrl === undefined
      ? startEmbeddedDatabase({ folder: join(config.folder, 'database'), logger })
      : { url: config.databaseUrl },
    config.s3.endpoint === undefined ? openLocalS3(config, secrets, logger) : { url: config.s3.endpoint },
  ]);
  // What started is kept before what failed is raised, so that nothing stays behind.
  for (const result of [redis, database, s3]) {
    if (result.status === 'fulfilled' && Symbol.asyncDispose in result.value) opened.use(result.value);
  }
  const url = (result: PromiseSettledResult<{ url: string }>): string => {
    if (result.status === 'rejected') throw result.reason;
    return result.value.url;
  };
  return {
    redisAdminUrl: url(redis),
    databaseUrl: url(database),
    objectStore: objectStoreOptions(config, secrets, url(s3)),
  };
}

function openLocalS3(config: MeshConfig, secrets: Secrets, logger: Logger): ReturnType<typeof startLocalS3> {
  return startLocalS3({
    folder: join(config.folder, 'objects'),
    credentials: [{ accessKeyId: secrets.s3AccessKeyId, secretAccessKey: secrets.s3SecretAccessKey }],
    region: config.s3.region,
    logger,
  });
}

function objectStoreOptions({ s3 }: MeshConfig, secrets: Secrets, endpoint: string): ObjectStoreOptions {
  return {
    endpoint,
    publicEndpoint: s3.publicEndpoint ?? endpoint,
    region: s3.region,
    bucket: s3.bucket,
    accessKeyId: s3.accessKeyId ?? secrets.s3AccessKeyId,
    secretAccessKey: s3.secretAccessKey ?? secrets.s3SecretAccessKey,
  };
}
