export { readBundledManifest, type BundledFile } from './bundled-manifest.js';
export { Config, type CheckpointStoreConfig } from './config.js';
export { ensureBundled, type EnsureBundledOptions } from './ensure-bundled.js';
export { startCheckpointStore, type CheckpointStoreOptions } from './service.js';
