export { esdVersions, type EsdVersion } from './dialects/esd/version-rules.js';
export { Config, type GatewayConfig } from './config.js';
export { startGateway, type ExtraDialect, type Gateway, type GatewayOptions, type GatewayParts } from './service.js';
