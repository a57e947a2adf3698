import type { Principal } from '@infermesh/contracts';
import type { MeshError } from '@infermesh/errors';
import { routesFor, type Caller, type RouteMaker } from '@infermesh/http';
import type { JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import type { Admission } from '../../admission.js';
import type { KeyVerifier } from '../../key-verifier.js';
import type { StreamSeats } from '../../stream-seats.js';
import type { UserDirectory } from '../../user-directory.js';
import type { EsdVersion } from './version-rules.js';

export interface EsdSettings {
  /** Which release's words and orders clients hear; default 1.4. */
  readonly version: EsdVersion;
  /** Largest `api_param.json`; default 64 MiB. */
  readonly maxPayloadBytes: number;
  /** How long a Real-time start waits for its job; default 40 s. */
  readonly realTimeWaitMs: number;
  /** The longest one attempt may run; default 1 h. */
  readonly runTimeoutMs: number;
  /** Shown in `s3://` locations. */
  readonly bucket: string;
}

export interface EsdParts {
  readonly jobQueue: JobQueue;
  readonly keys: KeyVerifier;
  readonly users: UserDirectory;
  readonly admission: Admission;
  readonly streams: StreamSeats;
  readonly settings: EsdSettings;
  /** Passwords travel to the auth service sealed with it. */
  readonly pepper: string;
  readonly logger: Logger;
}

/** A caller of this dialect. */
export interface EsdCaller extends Caller {
  /** Whose key it is. */
  readonly principal: Principal;
  /** The user of the headers as far as the key may act for it, or why not; the key's own where headers name nobody. See `actorOf`. */
  readonly user: Principal | MeshError;
}

/** Routes of this dialect. */
export const route: RouteMaker<EsdCaller> = routesFor<EsdCaller>();
