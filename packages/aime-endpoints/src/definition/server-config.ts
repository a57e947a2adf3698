import type { AllowedByKind } from './read-input.js';
import type { LoginRules, QueueLimits, StaticRoute } from './job-endpoint.js';

/** What holds for every endpoint that does not say otherwise, and for the server as a whole. */
export interface ServerConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** Absolute paths: one folder, or files. */
  readonly endpointPaths: readonly string[];
  readonly http: HttpSettings;
  readonly defaults: EndpointDefaults;
  /** What media may be at all, by kind. */
  readonly allowedMedia: AllowedByKind;
  readonly openAi: OpenAiSettings;
  readonly staticRoutes: readonly StaticRoute[];
}

export interface HttpSettings {
  readonly maxBodyBytes: number;
  readonly requestTimeoutMs: number;
  /** How long a client that waits for its result is held. */
  readonly responseTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Proxies in front whose `X-Forwarded-For` is believed. */
  readonly proxyCount: number;
  readonly accessLog: boolean;
}

export interface EndpointDefaults {
  readonly queue: QueueLimits;
  readonly workerRequestTimeoutMs: number;
  readonly workerAuthKey: string | null;
  readonly authorizationKeys: ReadonlyMap<string, string>;
  readonly provideWorkerMetaData: boolean;
  readonly clientRequestLimit: number | null;
  readonly login: Partial<LoginRules>;
}

export interface OpenAiSettings {
  readonly isEnabled: boolean;
  readonly fallbackModel: string | null;
  readonly models: ReadonlyMap<string, OpenAiModel>;
}

export interface OpenAiModel {
  /** Name of the endpoint that serves it. */
  readonly endpoint: string | null;
  readonly createdAt: string | null;
  readonly ownedBy: string | null;
  readonly defaultSystemPrompt: string | null;
  readonly usesLegacyContextFormat: boolean;
}
