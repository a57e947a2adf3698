export { Config } from './config.js';
export { startDispatcher, type DispatcherOptions } from './service.js';
export { defaultSettings, type DispatcherSettings } from './settings.js';
