import type { Principal } from '@infermesh/contracts';
import { routesFor, type Caller, type RouteMaker } from '@infermesh/http';
import type { JobQueue } from '@infermesh/job-queue';
import { z } from 'zod';
import type { KeyVerifier } from '../../key-verifier.js';

export interface AuthDialectParts {
  readonly jobQueue: JobQueue;
  readonly keys: KeyVerifier;
  readonly pepper: string;
}

export interface AuthCaller extends Caller {
  readonly principal: Principal;
}

/** Routes of this dialect. Where any key will do, the auth service itself judges what the caller may see and change. */
export const route: RouteMaker<AuthCaller> = routesFor<AuthCaller>();

export const name = z.string().min(1).max(100);
