import type { ErrorCode } from '@infermesh/errors';
import { z } from 'zod';
import { jsonAnswer } from '../answer.js';
import type { Caller } from '../dialect-request.js';
import type { Dialect } from '../dialect.js';
import { routesFor, type Route } from '../route.js';
import { Components } from './components.js';
import { describeOperation, openApiPath, type ErrorShape } from './describe-operation.js';
import type { OpenApiDocument, OpenApiOperation, SecurityScheme } from './document.js';

/** What the document says beside the routes. */
export interface OpenApiFacts {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** By name. Any one of them opens a route that wants a key. */
  readonly credentials: Readonly<Record<string, SecurityScheme>>;
  /** How this dialect answers an error. */
  readonly errorOf: (code: ErrorCode) => ErrorShape;
  /** Where the document is published. */
  readonly route: { readonly path: string; readonly operationId: string; readonly access: 'public' | 'any key' };
}

const documentSchema = z
  .looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.record(z.string(), z.unknown()) })
  .meta({ id: 'OpenApiDocument' });

/**
 * The dialect with one more route: its OpenAPI document, made of the schemas that check its requests.
 *
 * @throws MeshError CONFIG_INVALID when two schemas have one name
 */
export function withOpenApi<Identity extends Caller>(
  dialect: Dialect<Identity>,
  facts: OpenApiFacts,
): Dialect<Identity> {
  const make = routesFor<Identity>();
  const { path, operationId, access } = facts.route;
  const stated = {
    method: 'GET',
    path,
    operationId,
    summary: 'This document.',
    answers: { 200: documentSchema },
    handler: ({ basePath }: { readonly basePath: string }) =>
      Promise.resolve(jsonAnswer(200, { ...document, servers: [{ url: basePath === '' ? '/' : basePath }] })),
  } as const;
  const own = access === 'public' ? make.open(stated) : make.keyed({ ...stated, permission: 'any key' });
  const routes = [...dialect.routes, own];
  const document = openApiDocument(routes, facts);
  return { ...dialect, routes };
}

function openApiDocument(routes: readonly Route[], facts: OpenApiFacts): OpenApiDocument & Record<string, unknown> {
  const { title, version, description, credentials, errorOf } = facts;
  const components = new Components();
  const parts = { components, credentials: Object.keys(credentials), errorOf };
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of routes) {
    const operations = (paths[openApiPath(route.path)] ??= {});
    operations[route.method.toLowerCase()] = describeOperation(route, parts);
  }
  return {
    openapi: '3.1.1',
    info: { title, version, ...(description === undefined ? {} : { description }) },
    servers: [],
    paths,
    components: { schemas: components.toSchemas(), securitySchemes: credentials },
  };
}
