export { createLogger, logLevels, type Logger, type LoggerOptions, type LogLevel } from './logger.js';
export { Metrics, type MetricOptions } from './metrics.js';
