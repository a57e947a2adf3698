import { count, durationMs, findSharedAddress, flag, listenAddresses, redisUrl, sizeBytes } from '@infermesh/config';
import { logLevels } from '@infermesh/telemetry';
import { z } from 'zod';
import { esdVersions } from './dialects/esd/version-rules.js';

/** The variables of this service; README.md has what each is for. */
export const Config = z
  .object({
    GATEWAY_REDIS_URL: redisUrl,
    GATEWAY_PEPPER: z.string().min(32),
    GATEWAY_S3_BUCKET: z.string().default('infermesh'),
    ESD_DIALECT: z.enum(esdVersions).default('1.4'),
    LISTEN_ESD: listenAddresses.default([
      { host: '127.0.0.1', port: 8600, prefix: '/prod' },
      { host: '127.0.0.1', port: 8600, prefix: '' },
    ]),
    LISTEN_AUTH: listenAddresses.default([{ host: '127.0.0.1', port: 8600, prefix: '/auth' }]),
    LISTEN_AIME: listenAddresses.optional(),
    AIME_ENDPOINTS_FOLDER: z.string().min(1).optional(),
    AIME_SERVER_FILE: z.string().min(1).optional(),
    AIME_ALLOW_OPEN: flag.default(false),
    AIME_RUNTIMES_FILE: z.string().min(1).optional(),
    GATEWAY_LOG_LEVEL: z.enum(logLevels).default('info'),
    GATEWAY_STOP_GRACE_MS: durationMs.default(10_000),
    GATEWAY_MAX_PAYLOAD_BYTES: sizeBytes.default(64 * 1024 * 1024),
    GATEWAY_REQUESTS_PER_SECOND: count.default(1_000),
    GATEWAY_BURST: count.default(5_000),
    GATEWAY_STREAMS_PER_KEY: count.default(100),
    GATEWAY_REAL_TIME_WAIT_MS: durationMs.default(40_000),
    GATEWAY_RUN_TIMEOUT_MS: durationMs.default(3_600_000),
  })
  .superRefine(({ LISTEN_ESD, LISTEN_AUTH, LISTEN_AIME = [] }, context) => {
    const message = findSharedAddress({ LISTEN_ESD, LISTEN_AUTH, LISTEN_AIME });
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .transform((env) => ({
    redisUrl: env.GATEWAY_REDIS_URL,
    pepper: env.GATEWAY_PEPPER,
    listen: { esd: env.LISTEN_ESD, auth: env.LISTEN_AUTH },
    aime: {
      listen: env.LISTEN_AIME,
      endpointsFolder: env.AIME_ENDPOINTS_FOLDER,
      serverFile: env.AIME_SERVER_FILE,
      allowOpen: env.AIME_ALLOW_OPEN,
      runtimesFile: env.AIME_RUNTIMES_FILE,
    },
    logLevel: env.GATEWAY_LOG_LEVEL,
    stopGraceMs: env.GATEWAY_STOP_GRACE_MS,
    admission: {
      requestsPerSecond: env.GATEWAY_REQUESTS_PER_SECOND,
      burst: env.GATEWAY_BURST,
      streamsPerKey: env.GATEWAY_STREAMS_PER_KEY,
    },
    esd: {
      version: env.ESD_DIALECT,
      maxPayloadBytes: env.GATEWAY_MAX_PAYLOAD_BYTES,
      realTimeWaitMs: env.GATEWAY_REAL_TIME_WAIT_MS,
      runTimeoutMs: env.GATEWAY_RUN_TIMEOUT_MS,
      bucket: env.GATEWAY_S3_BUCKET,
    },
  }));
export type GatewayConfig = z.output<typeof Config>;
