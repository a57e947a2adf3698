import { dirname, resolve } from 'node:path';
import type { ConfigProblem, TextPosition } from '../problems/config-problem.js';
import type { KeyPath } from '../problems/key-text.js';
import { ProblemList } from '../problems/problem-list.js';
import { readMapping } from '../runtime/read-mapping.js';
import type { RuntimeDescriptions } from '../runtime/runtime-description.js';
import { checkDocument } from '../schema/check-document.js';
import { endpointSchema, type EndpointToml } from '../schema/endpoint-schema.js';
import { parseDocument } from '../toml/parse-document.js';
import { deepFreeze } from './deep-freeze.js';
import type {
  ClientSettings,
  EndpointSecrets,
  EndpointTables,
  JobEndpoint,
  LoadedEndpoint,
  QueueLimits,
} from './job-endpoint.js';
import { findReservedRoute, implicitInputs, reservedNames } from './reserved.js';
import { readInput } from './read-input.js';
import { readOutput } from './read-output.js';
import { defaultServer, limitOf, milliseconds, readLogin } from './read-server.js';
import { readStatic } from './read-static.js';
import type { EndpointDefaults, ServerConfig } from './server-config.js';

export interface EndpointContext {
  /** Defaults that the endpoint's own file overrules. Default: {@link defaultServer}. */
  readonly server?: ServerConfig;
  /** What the mesh's runtimes take and give. Default null: nobody knows here, and `[WORKER] runtime` is believed. */
  readonly runtimes?: RuntimeDescriptions | null;
}

export interface EndpointReading {
  /** Null when there are mistakes. */
  readonly endpoint: LoadedEndpoint | null;
  /** In the order of the file. */
  readonly problems: readonly ConfigProblem[];
  /** Where a key stands, for problems that show when files are held against each other. */
  readonly positionOf: (path: KeyPath) => TextPosition;
}

/**
 * Reads the text of an endpoint's file. What is wrong with it is told, all at once, and never thrown.
 *
 * @param file where the text is from: it stands in the problems, and relative paths in [STATIC] start at its folder
 */
export function parseEndpoint(text: string, file: string, context: EndpointContext = {}): EndpointReading {
  const parsed = parseDocument(text, file);
  if (!parsed.ok) return { endpoint: null, problems: [parsed.problem], positionOf: () => parsed.problem };
  const { positionOf } = parsed.document;
  const problems = new ProblemList(file, positionOf);
  const toml = checkDocument(endpointSchema, parsed.document, problems);
  if (toml === null) return { endpoint: null, problems: problems.all(), positionOf };
  const endpoint = new EndpointReader(toml, file, context, problems).read();
  return { endpoint: problems.hasMistakes ? null : endpoint, problems: problems.all(), positionOf };
}

class EndpointReader {
  readonly #toml: EndpointToml;
  readonly #file: string;
  readonly #server: ServerConfig;
  readonly #runtimes: RuntimeDescriptions | null;
  readonly #problems: ProblemList;

  constructor(
    toml: EndpointToml,
    file: string,
    { server = defaultServer, runtimes = null }: EndpointContext,
    problems: ProblemList,
  ) {
    this.#toml = toml;
    this.#file = file;
    this.#server = server;
    this.#runtimes = runtimes;
    this.#problems = problems;
  }

  read(): LoadedEndpoint {
    this.#warnOfIdleKeys();
    return { file: this.#file, definition: deepFreeze(this.#readDefinition()), secrets: this.#readSecrets() };
  }

  #readDefinition(): JobEndpoint {
    const { ENDPOINT: endpoint, SESSION: session } = this.#toml;
    const title = endpoint.title ?? endpoint.name;
    if (reservedNames.has(endpoint.name)) {
      this.#problems.mistake(['ENDPOINT', 'name'], `the name ${endpoint.name} is reserved; choose another one`);
    }
    return {
      name: endpoint.name,
      title,
      description: endpoint.description ?? title,
      methods: [...new Set(endpoint.methods ?? (['GET', 'POST'] as const))],
      version: endpoint.version ?? null,
      category: endpoint.category ?? null,
      demoUrl: endpoint.demo_url ?? null,
      queue: readQueue(endpoint, this.#server.defaults),
      ...this.#readParameters(),
      clients: this.#readClients(),
      sessionVariables: Object.entries(session?.VARS ?? {}).map(([name, variable]) => ({
        name,
        defaultValue: variable.default,
      })),
      staticRoutes: this.#readStatic(),
      tables: readTables(this.#toml),
    };
  }

  #readParameters(): Pick<JobEndpoint, 'inputs' | 'outputs' | 'progressOutputs' | 'worker'> {
    const { INPUTS = {}, OUTPUTS = {}, PROGRESS, SESSION, WORKER: worker } = this.#toml;
    const variables = SESSION?.VARS ?? {};
    for (const name of Object.keys(INPUTS)) {
      if (implicitInputs.has(name)) this.#problems.mistake(['INPUTS', name], 'is a parameter that every endpoint has');
      if (Object.hasOwn(variables, name)) {
        this.#problems.mistake(['INPUTS', name], 'is a variable of [SESSION.VARS], which no client may send');
      }
    }
    const inputs = Object.entries(INPUTS).map(([name, toml]) =>
      readInput(name, toml, this.#server.allowedMedia, this.#problems),
    );
    const outputs = this.#readOutputs(OUTPUTS, ['OUTPUTS']);
    const runtime = readMapping(worker, { inputs, outputs }, this.#runtimes, this.#problems);
    return {
      inputs,
      outputs,
      progressOutputs: this.#readOutputs(PROGRESS?.OUTPUTS ?? {}, ['PROGRESS', 'OUTPUTS']),
      worker: { jobType: worker.job_type, requestTimeoutMs: this.#requestTimeoutMs(), runtime },
    };
  }

  #requestTimeoutMs(): number {
    const { request_timeout: timeout, job_timeout: older } = this.#toml.WORKER;
    const seconds = timeout ?? older;
    return seconds === undefined ? this.#server.defaults.workerRequestTimeoutMs : milliseconds(seconds);
  }

  #readOutputs(outputs: NonNullable<EndpointToml['OUTPUTS']>, path: readonly string[]): JobEndpoint['outputs'] {
    return Object.entries(outputs).map(([name, toml]) => readOutput(name, toml, [...path, name], this.#problems));
  }

  #readClients(): ClientSettings {
    const { CLIENTS: clients = {} } = this.#toml;
    const { defaults } = this.#server;
    const own = readLogin(clients.authentication ?? clients.authentification, clients.authorization);
    const rules = { ...defaults.login, ...own };
    // Of the two keys, the one that no file has is as strict as the reference takes it.
    const login =
      Object.keys(rules).length === 0 ? null : ({ authentication: 'user', authorization: 'key', ...rules } as const);
    return {
      login,
      requestLimit:
        clients.client_request_limit === undefined
          ? defaults.clientRequestLimit
          : limitOf(clients.client_request_limit),
      provideWorkerMetaData: clients.provide_worker_meta_data ?? defaults.provideWorkerMetaData,
    };
  }

  #readSecrets(): EndpointSecrets {
    const { WORKER: worker, CLIENTS: clients } = this.#toml;
    const keys = clients?.authorization_keys;
    return {
      workerAuthKey: worker.auth_key ?? this.#server.defaults.workerAuthKey,
      authorizationKeys: keys === undefined ? this.#server.defaults.authorizationKeys : new Map(Object.entries(keys)),
    };
  }

  #readStatic(): JobEndpoint['staticRoutes'] {
    const { STATIC = {}, ENDPOINT: endpoint } = this.#toml;
    const routes = readStatic(STATIC, dirname(resolve(this.#file)), this.#problems);
    for (const written of Object.keys(STATIC)) {
      const reserved = findReservedRoute(written, endpoint.name);
      if (reserved !== undefined)
        this.#problems.mistake(['STATIC', written], `the route ${reserved} is taken by the API`);
    }
    return routes;
  }

  #warnOfIdleKeys(): void {
    const { ENDPOINT: endpoint, WORKER: worker, CLIENTS: clients, JINJA, HTML } = this.#toml;
    const { authentication, authentification } = clients ?? {};
    const warn = (isIdle: boolean, path: readonly string[], message: string): void => {
      if (isIdle) this.#problems.warning(path, message);
    };
    warn(JINJA !== undefined, ['JINJA'], 'has no effect: templates are not rendered');
    warn(HTML !== undefined, ['HTML'], 'has no effect');
    warn(
      endpoint.provide_worker_meta_data !== undefined,
      ['ENDPOINT', 'provide_worker_meta_data'],
      'has no effect here; it belongs in [CLIENTS]',
    );
    warn(
      worker.request_timeout !== undefined && worker.job_timeout !== undefined,
      ['WORKER', 'job_timeout'],
      'has no effect beside request_timeout',
    );
    warn(
      authentication !== undefined && authentification !== undefined,
      ['CLIENTS', 'authentification'],
      'has no effect beside authentication',
    );
  }
}

function readQueue(endpoint: EndpointToml['ENDPOINT'], { queue }: EndpointDefaults): QueueLimits {
  const inMs = (seconds: number | undefined, fallback: number): number =>
    seconds === undefined ? fallback : milliseconds(seconds);
  return {
    maxQueueLength: endpoint.max_queue_length ?? queue.maxQueueLength,
    maxTimeInQueueMs: inMs(endpoint.max_time_in_queue, queue.maxTimeInQueueMs),
    jobInactivityTimeoutMs: inMs(endpoint.job_inactivity_timeout, queue.jobInactivityTimeoutMs),
    resultLifetimeMs: inMs(endpoint.result_lifetime, queue.resultLifetimeMs),
  };
}

function readTables({ INPUTS = {}, OUTPUTS = {}, PROGRESS = {} }: EndpointToml): EndpointTables {
  // What TOML and the schema let through is JSON.
  return structuredClone({ inputs: INPUTS, outputs: OUTPUTS, progress: PROGRESS }) as EndpointTables;
}
