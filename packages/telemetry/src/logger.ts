import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { errorRecord } from './error-record.js';

export type Logger = PinoLogger;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  /** The room that speaks, for example `dispatcher`. */
  readonly service: string;
  readonly level: LogLevel;
  /** Where lines go; default standard output. */
  readonly destination?: DestinationStream;
}

/** Paths whose values are never written, wherever an object carries them. */
const secretPaths = ['password', 'apiKey', 'authorization', 'token', 'secret', 'url', 'headers'].flatMap((name) => [
  name,
  `*.${name}`,
]);

/** One JSON object a line: time (ISO), level (word), service, msg, and what the call adds, such as `jobId`; an error under `err`. */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    serializers: { err: errorRecord },
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[redacted]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
