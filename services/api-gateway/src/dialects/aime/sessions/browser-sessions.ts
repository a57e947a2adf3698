import { randomBytes } from 'node:crypto';
import type { JobEndpoint } from '@infermesh/aime-endpoints';
import type { IncomingHttpHeaders } from 'node:http';
import type { JobData } from '../jobs/job-inputs.js';

interface Session {
  readonly values: Map<string, JobData[string]>;
  /** Jobs whose values were taken: a result that is looked at again changes nothing. */
  readonly settled: Set<string>;
}

const maxSessions = 10_000;
const maxSettled = 1_000;
const maxValueBytes = 16_384;
const maxAgeSeconds = 2_592_000;
const cookie = /(?:^|;\s*)session=([0-9a-f]{32})(?:;|$)/u;

/**
 * The variables of [SESSION.VARS] of each browser, by its cookie: kept in this gateway's memory, shared by endpoints of one
 * variable's name. Dossier 1.9.
 */
export class BrowserSessions {
  readonly #sessions = new Map<string, Session>();

  /** What goes to the worker beside the parameters: the session's values, or the defaults of the file. */
  valuesFor({ sessionVariables }: JobEndpoint, headers: IncomingHttpHeaders): JobData {
    const known = this.#find(headers)?.values;
    const entries = sessionVariables.map(({ name, defaultValue }) => [name, known?.get(name) ?? defaultValue] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as JobData;
  }

  /** Keeps the values of a result. @returns the headers that tell the browser its session, where it has one now */
  keep(jobId: string, values: JobData, headers: IncomingHttpHeaders): Record<string, string> {
    const id = cookie.exec(headers.cookie ?? '')?.[1];
    const known = id === undefined ? undefined : this.#sessions.get(id);
    const fresh = Object.entries(values).filter(([, value]) => JSON.stringify(value).length <= maxValueBytes);
    if (known === undefined && fresh.length === 0) return {};
    const session = known ?? { values: new Map<string, JobData[string]>(), settled: new Set<string>() };
    if (!session.settled.has(jobId)) {
      for (const [name, value] of fresh) session.values.set(name, value);
      session.settled.add(jobId);
      if (session.settled.size > maxSettled) dropOldest(session.settled);
    }
    const key = known === undefined || id === undefined ? randomBytes(16).toString('hex') : id;
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    if (this.#sessions.size > maxSessions) dropOldest(this.#sessions);
    return { 'set-cookie': `session=${key}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax` };
  }

  #find(headers: IncomingHttpHeaders): Session | undefined {
    const id = cookie.exec(headers.cookie ?? '')?.[1];
    return id === undefined ? undefined : this.#sessions.get(id);
  }
}

function dropOldest(held: { keys(): IterableIterator<string>; delete(key: string): boolean }): void {
  const [oldest] = held.keys();
  if (oldest !== undefined) held.delete(oldest);
}
