import type { Canary } from './index.js';

export type Turn = Canary | undefined;
