// Forbidden on purpose: a service reaching into another one, and a driver behind its door's back.
import * as auth from '@infermesh/auth';
import type { Queue } from 'bullmq';

export type Canary = typeof auth | Queue;
