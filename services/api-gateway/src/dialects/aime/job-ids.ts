import { Seal } from '@infermesh/credentials';
import { z } from 'zod';

/** A durable job, and who may look at it: whoever has the id. */
export interface RecordTicket {
  readonly kind: 'record';
  readonly jobId: string;
  readonly tenantId: string;
  readonly owner: string;
  readonly endpoint: string;
}

/** An attached job, as its worker knows it: the lease that stands for it. */
export interface LeaseTicket {
  readonly kind: 'lease';
  readonly callId: string;
  readonly leaseToken: string;
  readonly endpoint: string;
  /** Epoch milliseconds. */
  readonly submittedAtMs: number;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
}

const longestId = 2_000;
const text = z.string().min(1);
const sealedRecord = z.tuple([z.literal('r'), text, text, text, text]);
const sealedLease = z.tuple([z.literal('l'), text, text, text, z.number(), z.number()]);
type Sealed = z.output<typeof sealedRecord> | z.output<typeof sealedLease>;

/**
 * The ids of jobs as clients and workers know them: `<uuid>.<sealed text>`. The sealed text says what this server needs to find
 * the job, so that every gateway, and one that was started again, can. Nobody can make up an id. A record's is the same whoever
 * writes it: client and worker know the job by one id.
 */
export class JobIds {
  readonly #seal: Seal;

  constructor(pepper: string) {
    this.#seal = new Seal(pepper);
  }

  ofRecord({ jobId, tenantId, owner, endpoint }: Omit<RecordTicket, 'kind'>): string {
    return this.#write(['r', jobId, tenantId, owner, endpoint]);
  }

  ofLease({ callId, leaseToken, endpoint, submittedAtMs, startedAtMs }: Omit<LeaseTicket, 'kind'>): string {
    return this.#write(['l', callId, leaseToken, endpoint, submittedAtMs, startedAtMs]);
  }

  /** Undefined for anything that is no id of this installation. */
  read(id: unknown): RecordTicket | LeaseTicket | undefined {
    if (typeof id !== 'string' || id.length > longestId) return undefined;
    const dot = id.lastIndexOf('.');
    const parts = this.#open(id.slice(dot + 1));
    if (parts?.[1] !== id.slice(0, Math.max(dot, 0))) return undefined;
    if (parts[0] === 'r') {
      const [, jobId, tenantId, owner, endpoint] = parts;
      return { kind: 'record', jobId, tenantId, owner, endpoint };
    }
    const [, callId, leaseToken, endpoint, submittedAtMs, startedAtMs] = parts;
    return { kind: 'lease', callId, leaseToken, endpoint, submittedAtMs, startedAtMs };
  }

  #write(parts: Sealed): string {
    const plain = JSON.stringify(parts);
    // Only a record is named by several.
    return `${parts[1]}.${parts[0] === 'r' ? this.#seal.closeAlike(plain) : this.#seal.close(plain)}`;
  }

  #open(hidden: string): Sealed | undefined {
    try {
      const plain = this.#seal.open(hidden);
      return plain.startsWith('["r"') ? sealedRecord.parse(JSON.parse(plain)) : sealedLease.parse(JSON.parse(plain));
    } catch {
      return undefined;
    }
  }
}
