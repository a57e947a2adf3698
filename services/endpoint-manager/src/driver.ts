/** What a worker needs to know about itself; how it gets there is the driver's business. */
export interface WorkerSpec {
  /** `<endpointId>.<seat>.<random>`; a restart gets a new one. */
  readonly workerId: string;
  readonly endpointId: string;
  readonly jobTypes: readonly string[];
  /** Jobs it runs at once. */
  readonly slots: number;
  /** With the credential of this endpoint alone. */
  readonly redisUrl: string;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it never ran at all. */
  readonly startError?: string;
}

export interface WorkerHandle {
  readonly id: string;
  readonly pid: number | undefined;
  /** True once the worker takes jobs; false when it exited before. Never rejects. */
  readonly ready: Promise<boolean>;
  /** SHA-256 of the checkpoints that it had loaded when it was last heard of. */
  readonly warmCheckpoints: () => readonly string[];
  /** Settles once, whoever ended the worker. Never rejects. */
  readonly exited: Promise<WorkerExit>;
  /** Asks the worker to end its jobs, kills it after `graceMs`, resolves when it is gone. Twice is harmless. */
  stop(graceMs: number): Promise<void>;
}

export type DriverKind = 'process' | 'kubernetes';

export interface Driver {
  readonly kind: DriverKind;
  start(spec: WorkerSpec): WorkerHandle;
}
