export { bytesAnswer, emptyAnswer, eventAnswer, jsonAnswer, streamAnswer, textAnswer } from './answer.js';
export type { AnswerBody, AnswerHeaders, HttpAnswer } from './answer.js';
export { checkSchema, describeIssues, fieldPath, type SchemaIssues } from './check-schema.js';
export type { CorsRules } from './cors.js';
export type {
  Caller,
  Dialect,
  DialectLimits,
  DialectRequest,
  HttpMethod,
  KeyRoute,
  PublicRoute,
  RequestHead,
  Route,
  RouteDocs,
} from './dialect.js';
export type { RawBody } from './raw-body.js';
export { buildRouteTable, reservedPaths, type Mount, type RouteEntry } from './route-table.js';
export type { DependencyState, HealthSource } from './server-dialect.js';
export type { SseEvent } from './sse-event.js';
export {
  startHttpServer,
  type HttpServer,
  type HttpServerLimits,
  type HttpServerOptions,
} from './start-http-server.js';
