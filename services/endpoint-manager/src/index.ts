export { Config, type EndpointManagerConfig } from './config.js';
export { loadInstanceTypes, type InstanceTypes } from './instance-types.js';
export { startEndpointManager, type EndpointManagerOptions } from './service.js';
export { defaultTimings, type ManagerTimings } from './timings.js';
