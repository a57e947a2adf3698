/** What an operator may change about the store. */
export interface StoreSettings {
  /** Largest checkpoint, all of its files together; default 50 GiB. */
  readonly maxBytes: number;
  /** An upload that nobody touches for so long is given up, and a failed import forgotten; default 7 days. */
  readonly uploadLifetimeMs: number;
  /** How long an object stays that a rename has left: jobs may still hold its key. Default 48 h. */
  readonly retainRenamedMs: number;
  /** How long one import may take; default 6 h. */
  readonly importTimeoutMs: number;
  /** Imports, digests and copies at a time in one process; imports take half of them at most, and at least one. Default 4. */
  readonly backgroundSlots: number;
  /** A process that gives no sign of life for so long has lost its work to another one; default 60 s. */
  readonly leaseMs: number;
}

const day = 86_400_000;

export const defaultSettings: StoreSettings = {
  maxBytes: 50 * 1024 ** 3,
  uploadLifetimeMs: 7 * day,
  retainRenamedMs: 2 * day,
  importTimeoutMs: 6 * 3_600_000,
  backgroundSlots: 4,
  leaseMs: 60_000,
};

/** Life of every URL that the store signs. */
export const urlSeconds = 3600;
