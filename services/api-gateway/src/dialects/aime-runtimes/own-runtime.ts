import type { JsonValue, RuntimeDescription } from '@infermesh/aime-endpoints';

export type Fields = Readonly<Record<string, JsonValue>>;

/** One of the mesh's own runtimes, as `[WORKER] runtime` names it. */
export interface OwnRuntime {
  readonly name: string;
  /** What its payload and its result hold, in the words that mappings use. */
  readonly description: RuntimeDescription;
  /** The type of its jobs, as its workers know it. */
  readonly jobType: string;
  /** Checkpoints of this type come along with each job; null for a runtime that needs none. */
  readonly checkpointType: string | null;
  /** Jobs that its pool's one worker does at once. */
  readonly slots: number;
  /** Reads its payload from a file alone, not from the inputs of a job. */
  readonly needsFile: boolean;
  /** The fields of a mapping in the runtime's own words; media are data URLs in both. */
  payloadOf(fields: Fields): Fields;
  /** The output that holds a field of its result; those of a list have an index behind a dot. */
  outputOf(field: string): string;
}

/** A runtime that takes and gives the fields of its description as they are. */
export function plainRuntime(name: string, description: RuntimeDescription): OwnRuntime {
  return {
    name,
    description,
    jobType: name,
    checkpointType: null,
    slots: 64,
    needsFile: false,
    payloadOf: (fields) => fields,
    outputOf: (field) => field,
  };
}
