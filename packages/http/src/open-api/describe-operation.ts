import { STATUS_CODES } from 'node:http';
import { errorCodes, type ErrorCode } from '@infermesh/errors';
import { z } from 'zod';
import { isSchema } from '../answer-docs.js';
import { parsePathTemplate } from '../path-template.js';
import type { Route } from '../route.js';
import type { Components } from './components.js';
import type { OpenApiOperation, OpenApiParameter, OpenApiResponse, OpenApiSchema } from './document.js';
import { serverErrors } from './server-errors.js';

export interface ErrorShape {
  readonly status: number;
  readonly schema: z.ZodType;
}

export interface OperationParts {
  readonly components: Components;
  /** Names of the security schemes, any one of which opens a route that wants a key. */
  readonly credentials: readonly string[];
  readonly errorOf: (code: ErrorCode) => ErrorShape;
}

export function describeOperation(route: Route, parts: OperationParts): OpenApiOperation {
  const { operationId, summary, tags } = route;
  const parameters = describeParameters(route);
  const requestBody = describeBody(route, parts.components);
  return {
    operationId,
    ...(summary === undefined ? {} : { summary }),
    ...(route.access === 'public' ? {} : { description: `Permission: ${route.permission}.` }),
    ...(tags === undefined ? {} : { tags }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: describeResponses(route, parts),
    security: route.access === 'public' ? [] : parts.credentials.map((name) => ({ [name]: [] })),
  };
}

/** `/jobs/:id/*rest` in OpenAPI's words: `/jobs/{id}/{rest}`. */
export function openApiPath(path: string): string {
  return path.replace(/[:*](\w+)/gu, '{$1}');
}

function describeParameters({ path, params, query, headers, operationId }: Route): OpenApiParameter[] {
  const inPath = parsePathTemplate(path, operationId).filter(({ kind }) => kind !== 'literal');
  const known = fieldsOf(params);
  return [
    ...inPath.map(({ text }) => ({
      name: text,
      in: 'path' as const,
      required: true,
      schema: known.find(({ name }) => name === text)?.schema ?? { type: 'string' },
    })),
    ...fieldsOf(query).map((field) => ({ ...field, in: 'query' as const })),
    ...fieldsOf(headers).map((field) => ({ ...field, in: 'header' as const })),
  ];
}

function fieldsOf(schema: z.ZodObject | undefined): { name: string; required: boolean; schema: OpenApiSchema }[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, field]) => ({
    name,
    required: required.includes(name),
    schema: field as OpenApiSchema,
  }));
}

function describeBody(
  { body, bodyMediaType, operationId }: Route,
  components: Components,
): OpenApiOperation['requestBody'] {
  if (body === undefined) return undefined;
  if (body === 'stream') return { required: true, content: { [bodyMediaType ?? 'application/octet-stream']: {} } };
  return {
    required: !body.safeParse(undefined).success,
    content: { [bodyMediaType ?? 'application/json']: { schema: components.refer(body, `${operationId}Body`) } },
  };
}

/** The answers of the handler and of every error, by status. */
function describeResponses(route: Route, { components, errorOf }: OperationParts): Record<string, OpenApiResponse> {
  const errors = serverErrors(route).map((code) => ({ code, ...errorOf(code) }));
  const statuses = new Set([...Object.keys(route.answers).map(Number), ...errors.map(({ status }) => status)]);
  const responses: Record<string, OpenApiResponse> = {};
  for (const status of [...statuses].toSorted((a, b) => a - b)) {
    const failures = errors.filter((error) => error.status === status);
    responses[String(status)] = describeResponse(route, status, failures, components);
  }
  return responses;
}

function describeResponse(
  { answers, operationId }: Route,
  status: number,
  failures: readonly (ErrorShape & { readonly code: ErrorCode })[],
  components: Components,
): OpenApiResponse {
  const answer = answers[status];
  const own = answer === undefined ? undefined : isSchema(answer) ? answer : answer.schema;
  const schemas = [...(own === undefined ? [] : [own]), ...failures.map(({ schema }) => schema)];
  const mediaType = answer === undefined || isSchema(answer) ? undefined : answer.mediaType;
  const content = {
    ...(mediaType === undefined ? {} : { [mediaType]: {} }),
    ...(schemas.length === 0
      ? {}
      : { 'application/json': { schema: components.referToAny(schemas, `${operationId}${String(status)}`) } }),
  };
  const mayRetry = failures.some(({ code }) => errorCodes[code].retryable);
  return {
    description: [
      ...(answer === undefined ? [] : [STATUS_CODES[status] ?? 'the answer']),
      ...failures.map(({ code }) => errorCodes[code].meaning),
    ].join('; or '),
    ...(mayRetry
      ? { headers: { 'retry-after': { description: 'seconds, where known', schema: { type: 'integer', minimum: 0 } } } }
      : {}),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}
