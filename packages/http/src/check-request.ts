import type { IncomingHttpHeaders } from 'node:http';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import { checkSchema } from './check-schema.js';
import { isCleanText, uncleanText } from './clean-text.js';
import type { Dialect } from './dialect.js';
import type { Route } from './route.js';
import type { ServerRequest } from './server-request.js';

/** Replaces params, query and headers by what the route's schemas make of them. @throws MeshError BAD_REQUEST */
export function checkHead({ params, query, headers }: Route, request: ServerRequest): void {
  if (params !== undefined) request.params = checkSchema(params, request.params);
  if (query !== undefined) request.query = checkSchema(query, queryValues(request.search, query));
  if (headers !== undefined) {
    const checked = checkSchema(headers, request.headers) as IncomingHttpHeaders;
    request.headers = { ...request.headers, ...checked };
  }
}

/** @throws MeshError BAD_REQUEST in the dialect's words */
export function checkBody(schema: z.ZodType, body: unknown, dialect: Dialect): unknown {
  return dialect.describeFaults === undefined
    ? checkSchema(schema, body)
    : checkSchema(schema, body, (issues) => dialect.describeFaults?.(issues, body) ?? '');
}

function queryValues(search: URLSearchParams, schema: z.ZodObject): Record<string, unknown> {
  const fields = new Map<string, z.core.$ZodType>(Object.entries(schema.shape));
  for (const [name, value] of search)
    if (!isCleanText(name) || !isCleanText(value)) throw new MeshError('BAD_REQUEST', `the query has ${uncleanText}`);
  const names = [...new Set(search.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = search.getAll(name);
      return [name, values.length > 1 || isList(fields.get(name)) ? values : values[0]];
    }),
  );
}

function isList(field: z.core.$ZodType | undefined): boolean {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault || field instanceof z.ZodNullable)
    return isList(field.unwrap());
  return field instanceof z.ZodArray;
}
