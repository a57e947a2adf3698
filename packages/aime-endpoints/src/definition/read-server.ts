import { dirname, resolve } from 'node:path';
import type { ConfigProblem } from '../problems/config-problem.js';
import { ProblemList } from '../problems/problem-list.js';
import { checkDocument } from '../schema/check-document.js';
import { serverSchema, type ServerToml } from '../schema/server-schema.js';
import { parseDocument } from '../toml/parse-document.js';
import { deepFreeze } from './deep-freeze.js';
import type { LoginRules } from './job-endpoint.js';
import { attributeNames, canonicalWord, type AllowedMedia } from './media-rules.js';
import type { AllowedByKind } from './read-input.js';
import { readStatic } from './read-static.js';
import type { EndpointDefaults, HttpSettings, OpenAiSettings, ServerConfig } from './server-config.js';

export interface ServerReading {
  /** Null when there are mistakes. */
  readonly server: ServerConfig | null;
  readonly problems: readonly ConfigProblem[];
}

/** What the command line says; it counts before the file. */
export interface ServerOverrides {
  readonly host?: string;
  readonly port?: number;
  /** A folder, a file, or files with commas between them. */
  readonly endpointConfigs?: string;
}

/**
 * Reads the server's file: overrides count before the file, the file before built-in defaults. An empty text gives the
 * built-in defaults.
 *
 * @param file where the text is from; relative paths in it start at its folder
 */
export function parseServer(text: string, file: string, overrides: ServerOverrides = {}): ServerReading {
  const parsed = parseDocument(text, file);
  if (!parsed.ok) return { server: null, problems: [parsed.problem] };
  const problems = new ProblemList(file, parsed.document.positionOf);
  const toml = checkDocument(serverSchema, parsed.document, problems);
  if (toml === null) return { server: null, problems: problems.all() };
  const server = readServer(toml, dirname(resolve(file)), overrides, problems);
  return { server: problems.hasMistakes ? null : deepFreeze(server), problems: problems.all() };
}

function readServer(toml: ServerToml, folder: string, overrides: ServerOverrides, problems: ProblemList): ServerConfig {
  const endpointConfigs = overrides.endpointConfigs ?? toml.SERVER?.endpoint_configs ?? './endpoints';
  // What comes by the command line is relative to where the command was given.
  const base = overrides.endpointConfigs === undefined ? folder : '.';
  return {
    listen: {
      host: overrides.host ?? toml.SERVER?.host ?? '0.0.0.0',
      port: overrides.port ?? toml.SERVER?.port ?? 7777,
    },
    endpointPaths: endpointConfigs.split(',').map((path) => resolve(base, path.trim())),
    http: readHttp(toml.SANIC),
    defaults: readDefaults(toml),
    allowedMedia: readAllowed(toml.INPUTS, problems),
    openAi: readOpenAi(toml.OPENAI),
    staticRoutes: readStatic(toml.STATIC ?? {}, folder, problems),
  };
}

/** What holds without any server file. */
export const defaultServer: ServerConfig = (() => {
  const { server } = parseServer('', 'aime_api_server.cfg');
  if (server === null) throw new TypeError('the built-in defaults are not valid');
  return server;
})();

function readHttp(sanic: ServerToml['SANIC'] = {}): HttpSettings {
  return {
    maxBodyBytes: sanic.request_max_size ?? 100_000_000,
    requestTimeoutMs: milliseconds(sanic.request_timeout ?? 60),
    responseTimeoutMs: milliseconds(sanic.response_timeout ?? 3600),
    keepAliveTimeoutMs: sanic.keep_alive === false ? 0 : milliseconds(sanic.keep_alive_timeout ?? 10),
    proxyCount: sanic.proxies_count ?? 0,
    accessLog: sanic.access_log ?? false,
  };
}

function readDefaults({
  CLIENTS: clients = {},
  WORKERS: workers = {},
  ENDPOINTS: queue = {},
}: ServerToml): EndpointDefaults {
  return {
    queue: {
      maxQueueLength: queue.default_max_queue_length ?? 1000,
      maxTimeInQueueMs: milliseconds(queue.default_max_time_in_queue ?? 3600),
      jobInactivityTimeoutMs: milliseconds(queue.default_job_inactivity_timeout ?? 360),
      resultLifetimeMs: milliseconds(queue.default_result_lifetime ?? 900),
    },
    workerRequestTimeoutMs: milliseconds(workers.default_request_timeout ?? workers.default_job_timeout ?? 60),
    workerAuthKey: workers.default_auth_key ?? null,
    authorizationKeys: new Map(Object.entries(clients.default_authorization_keys ?? {})),
    provideWorkerMetaData: clients.default_provide_worker_meta_data ?? false,
    clientRequestLimit: limitOf(clients.default_client_request_limit),
    login: readLogin(clients.default_authentication ?? clients.default_authentification, clients.default_authorization),
  };
}

/** The older login keys under our names; what is missing is left out. */
export function readLogin(
  authentication: 'None' | 'User' | undefined,
  authorization: 'None' | 'Key' | undefined,
): Partial<LoginRules> {
  return {
    ...(authentication === undefined ? {} : { authentication: authentication === 'User' ? 'user' : 'none' }),
    ...(authorization === undefined ? {} : { authorization: authorization === 'Key' ? 'key' : 'none' }),
  };
}

/** 0 is no limit. */
export function limitOf(limit: number | undefined): number | null {
  return limit === undefined || limit === 0 ? null : limit;
}

function readAllowed(inputs: ServerToml['INPUTS'] = {}, problems: ProblemList): AllowedByKind {
  const attributes = new Map(Object.entries(attributeNames).map(([attribute, key]) => [key, attribute]));
  const readKind = (kind: string, tables: Readonly<Record<string, { allowed: (string | number)[] }>>): AllowedMedia => {
    const lists = Object.entries(tables).flatMap(([key, { allowed }]) => {
      const attribute = attributes.get(key);
      if (attribute !== undefined) return [[attribute, allowed.map(canonicalValue)]];
      problems.warning(['INPUTS', kind, key], `has no effect; known: ${[...attributes.keys()].join(', ')}`);
      return [];
    });
    return Object.fromEntries(lists) as AllowedMedia;
  };
  return Object.fromEntries(Object.entries(inputs).map(([kind, tables]) => [kind, readKind(kind, tables)]));
}

function canonicalValue(value: string | number): string | number {
  return typeof value === 'string' ? canonicalWord(value) : value;
}

function readOpenAi(openAi: ServerToml['OPENAI'] = {}): OpenAiSettings {
  const models = Object.entries(openAi.MODELS ?? {}).map(
    ([name, model]) =>
      [
        name,
        {
          endpoint: model.endpoint ?? null,
          createdAt: model.created_at ?? null,
          ownedBy: model.owned_by ?? null,
          defaultSystemPrompt: model.default_system_prompt ?? null,
          usesLegacyContextFormat: model.legacy_context_format ?? false,
        },
      ] as const,
  );
  return {
    isEnabled: (openAi.enable_v1_api ?? true) && models.length > 0,
    fallbackModel: openAi.fallback_model ?? null,
    models: new Map(models),
  };
}

export function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}
