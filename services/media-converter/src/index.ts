export { Config, type MediaConverterConfig } from './config.js';
export { startMediaConverter, type MediaConverterOptions } from './service.js';
