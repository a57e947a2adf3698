/** A file in an archive. */
export interface ArchiveEntry {
  /** From the top of the archive, checked: it cannot leave the folder it is laid out in. */
  readonly path: string;
  readonly sizeBytes: number;
  /** To be read before the next entry is asked for; what is left of it is skipped. */
  readonly body: AsyncIterable<Buffer>;
}

export interface ArchiveLimits {
  /** Of all files together, unpacked. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

export const defaultLimits: ArchiveLimits = { maxBytes: 50 * 1024 ** 3, maxEntries: 10_000 };
