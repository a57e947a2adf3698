export { formatRadarConfig } from './format-radar-config.js';
export { parseRadarConfig, readRadarConfig } from './parse-radar-config.js';
export { Radar, type RadarFrameWithMap, type RadarOptions } from './radar.js';
export type { RadarDescription } from './native.js';
export type * from './types.js';
