export { digestKey } from './digest-key.js';
export { Seal } from './seal.js';
