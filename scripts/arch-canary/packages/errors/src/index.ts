// Forbidden on purpose: the ground floor importing a room above it, and a circle that only types make.
import * as redis from '@infermesh/redis';
import type { Turn } from './turn.js';

export type Canary = typeof redis | Turn;
