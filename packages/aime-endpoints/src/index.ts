export { formatProblem, mistakesOf, refuseMistakes, type ConfigProblem } from './problems/config-problem.js';
export type {
  ClientSettings,
  EndpointSecrets,
  EndpointTables,
  JobEndpoint,
  LoadedEndpoint,
  LoginRules,
  QueueLimits,
  SessionVariable,
  StaticRoute,
  WorkerSettings,
} from './definition/job-endpoint.js';
export type { InputDefinition } from './definition/input-definition.js';
export type { JsonValue } from './definition/json-value.js';
export { decodedColorSpace } from './definition/media-rules.js';
export type { MediaKind, MediaRules, Size, TempFileMode } from './definition/media-rules.js';
export type { MediaOutput, OutputDefinition } from './definition/output-definition.js';
export { parseEndpoint, type EndpointContext, type EndpointReading } from './definition/read-endpoint.js';
export { defaultServer, parseServer, type ServerOverrides, type ServerReading } from './definition/read-server.js';
export type {
  EndpointDefaults,
  HttpSettings,
  OpenAiModel,
  OpenAiSettings,
  ServerConfig,
} from './definition/server-config.js';
export { endpointActions, reservedNames } from './definition/reserved.js';
export { checkEndpointFiles, type CheckedFiles } from './folder/check-endpoint-files.js';
export { EndpointFolder, type EndpointFolderOptions, type EndpointSet } from './folder/endpoint-folder.js';
export { colorSpaces, mediaFormats } from './schema/media-schema.js';
export { endpointJsonSchema, serverJsonSchema } from './schema/json-schemas.js';
export type {
  ConvertedMedia,
  MediaAttributes,
  MediaConverter,
  MediaTarget,
  ProbeHint,
} from './media/media-converter.js';
export { MediaValue, parameterToJson, type ParameterValue } from './media/media-value.js';
export { decodeDataUrl, decodeLongDataUrl, type DataUrl } from './media/decode-data-url.js';
export type { Checked } from './request/checked.js';
export { readCredentials, type RequestCredentials } from './request/credentials.js';
export {
  checkRequest,
  type RequestAccepted,
  type RequestCheckOptions,
  type RequestReading,
  type RequestRefused,
} from './request/check-request.js';
export { defaultRequestLimits, type RequestLimits } from './request/request-limits.js';
export { filterOutputs, workerFields, type FilteredOutputs } from './result/filter-outputs.js';
export { convertOutput } from './result/convert-output.js';
export { describeForWorker, type WorkerOutputDescription } from './result/worker-descriptions.js';
export { outputsOf, payloadFor, type RuntimeMapping } from './runtime/runtime-mapping.js';
export {
  parseRuntimeDescriptions,
  type RuntimeDescription,
  type RuntimeDescriptions,
  type RuntimeField,
  type RuntimeFieldType,
} from './runtime/runtime-description.js';
export { readConfigText, maxConfigBytes } from './toml/read-config-text.js';
