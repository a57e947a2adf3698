export { emptyDocs, mediaDocs, type AnswerDoc, type AnswerDocs } from './answer-docs.js';
export { bytesAnswer, emptyAnswer, eventAnswer, jsonAnswer, streamAnswer, textAnswer } from './answer.js';
export type { AnswerBody, AnswerHeaders, HttpAnswer, JsonAnswer } from './answer.js';
export { checkSchema, describeIssues, fieldPath, type SchemaIssues } from './check-schema.js';
export type { CorsRules } from './cors.js';
export type { Caller, DialectRequest, RequestHead } from './dialect-request.js';
export type { Dialect, DialectLimits } from './dialect.js';
export { withOpenApi, type OpenApiFacts } from './open-api/with-open-api.js';
export type { OpenApiDocument, OpenApiOperation, OpenApiParameter, OpenApiSchema } from './open-api/document.js';
export type { RawBody } from './raw-body.js';
export {
  routesFor,
  type HttpMethod,
  type KeyRoute,
  type Permission,
  type PublicRoute,
  type Route,
  type RouteMaker,
} from './route.js';
export { buildRouteTable, reservedPaths, type Mount, type RouteEntry } from './route-table.js';
export type { DependencyState, HealthSource } from './server-dialect.js';
export type { SseEvent } from './sse-event.js';
export {
  startHttpServer,
  type HttpServer,
  type HttpServerLimits,
  type HttpServerOptions,
} from './start-http-server.js';
