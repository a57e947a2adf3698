import type { RuntimeMapping } from '../runtime/runtime-mapping.js';
import type { InputDefinition } from './input-definition.js';
import type { OutputDefinition } from './output-definition.js';
import type { JsonValue } from './json-value.js';

/**
 * One job endpoint as its file describes it, with the server's defaults filled in. Frozen, and without secrets: it may
 * be logged.
 */
export interface JobEndpoint {
  /** A segment of the URL. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly methods: readonly ('GET' | 'POST')[];
  /** `ep_version` of every answer. */
  readonly version: number | null;
  readonly category: string | null;
  readonly demoUrl: string | null;
  readonly queue: QueueLimits;
  readonly worker: WorkerSettings;
  readonly clients: ClientSettings;
  /** In the order of the file, which is that of the checks. */
  readonly inputs: readonly InputDefinition[];
  readonly outputs: readonly OutputDefinition[];
  readonly progressOutputs: readonly OutputDefinition[];
  readonly sessionVariables: readonly SessionVariable[];
  readonly staticRoutes: readonly StaticRoute[];
  /** The tables as the file has them, for `/api/endpoints/<endpoint>`; without the implicit inputs. */
  readonly tables: EndpointTables;
}

export interface QueueLimits {
  /** Jobs that may wait in the queue of the job type. */
  readonly maxQueueLength: number;
  readonly maxTimeInQueueMs: number;
  /** How long a worker may keep silent about a job. */
  readonly jobInactivityTimeoutMs: number;
  /** How long a result can be fetched. */
  readonly resultLifetimeMs: number;
}

export interface WorkerSettings {
  /** Endpoints of one job type share a queue. */
  readonly jobType: string;
  /** How long a worker's poll is held before it is told `no_job`. */
  readonly requestTimeoutMs: number;
  /** Null when external workers do the jobs. */
  readonly runtime: RuntimeMapping | null;
}

export interface ClientSettings {
  /** The older rules of login; null when no file asks for them, and keys alone count. */
  readonly login: LoginRules | null;
  /** Requests that one session may make; null is no limit. */
  readonly requestLimit: number | null;
  readonly provideWorkerMetaData: boolean;
}

export interface LoginRules {
  readonly authentication: 'none' | 'user';
  readonly authorization: 'none' | 'key';
}

/** A value that is kept per browser session, handed to the worker and taken from its result. */
export interface SessionVariable {
  readonly name: string;
  /** Before a worker has set it; undefined is none. */
  readonly defaultValue: JsonValue | undefined;
}

export interface StaticRoute {
  /** Begins with `/` and has none at its end, but for the root. */
  readonly slug: string;
  /** The slug as the file spells it. */
  readonly writtenSlug: string;
  /** As the file calls it; the reference takes either word for either. */
  readonly kind: 'file' | 'folder';
  /** Absolute. */
  readonly sourcePath: string;
  readonly compile: 'none' | 'scss' | 'md';
  readonly compiledPath: string | null;
  /** As written: the page's link to its style sheet. */
  readonly cssFile: string | null;
}

export interface EndpointTables {
  readonly inputs: Readonly<Record<string, JsonValue>>;
  readonly outputs: Readonly<Record<string, JsonValue>>;
  /** The whole `[PROGRESS]`. */
  readonly progress: Readonly<Record<string, JsonValue>>;
}

/** What of a file must not be shown. */
export interface EndpointSecrets {
  /** Null: no external worker gets in. */
  readonly workerAuthKey: string | null;
  /** Keys by user name; empty when neither file has any. */
  readonly authorizationKeys: ReadonlyMap<string, string>;
}

/** An endpoint that may go live. */
export interface LoadedEndpoint {
  readonly file: string;
  readonly definition: JobEndpoint;
  readonly secrets: EndpointSecrets;
}
