import { describe, expect, it } from '@jest/globals';
import { errorCodes, type ErrorCode } from '@infermesh/errors';
import { Validator } from '@seriousme/openapi-schema-validator';
import { z } from 'zod';
import {
  emptyAnswer,
  emptyDocs,
  jsonAnswer,
  mediaDocs,
  routesFor,
  streamAnswer,
  withOpenApi,
  type Dialect,
  type OpenApiDocument,
  type OpenApiFacts,
  type Route,
} from '../src/index.js';
import { aDialect, startToy, toyKey, type ToyCaller, type ToyServer } from './toy-dialect.js';

const make = routesFor<ToyCaller>();
const toy = z.object({ id: z.string(), size: z.number().int(), inside: z.json().optional() }).meta({ id: 'Toy' });
const fault = z.object({ code: z.string() }).meta({ id: 'Fault' });
const absence = z.object({ missing: z.string() }).meta({ id: 'Absence' });

const putToy = make.keyed({
  method: 'PUT',
  path: '/toys/:id',
  operationId: 'PutToy',
  summary: 'Makes a toy.',
  permission: 'toy:create',
  params: z.object({ id: z.string().max(5) }),
  query: z.object({ size: z.coerce.number().int().default(1), colour: z.array(z.string()).optional() }),
  headers: z.object({ 'x-note': z.string().max(3).optional() }),
  body: z.object({ name: z.string().default('bear') }),
  answers: { 200: toy, 201: toy },
  errors: ['CONFLICT', 'NOT_FOUND'],
  handler: ({ params, query, headers, body }) =>
    Promise.resolve(
      jsonAnswer(201, {
        id: `${params.id} ${body.name} ${headers['x-note'] ?? '-'} ${headers['x-key'] === toyKey ? 'with key' : ''}`,
        size: query.size + (query.colour?.length ?? 0),
      }),
    ),
});

const others: Route<ToyCaller>[] = [
  make.open({
    method: 'GET',
    path: '/files/*path',
    operationId: 'GetFile',
    answers: { 200: mediaDocs('image/png') },
    handler: ({ params }) => Promise.resolve(streamAnswer(200, never(params.path), {})),
  }),
  make.keyed({
    method: 'DELETE',
    path: '/toys/:id',
    operationId: 'DeleteToy',
    permission: 'any key',
    answers: { 204: emptyDocs() },
    handler: () => Promise.resolve(emptyAnswer(204)),
  }),
];

function never(path: string): never {
  throw new Error(path);
}

const facts: OpenApiFacts = {
  title: 'Toys',
  version: '1',
  credentials: { Key: { type: 'apiKey', in: 'header', name: 'x-key' } },
  errorOf: (code: ErrorCode) => ({
    status: code === 'UNAUTHENTICATED' ? 403 : errorCodes[code].status,
    schema: code === 'NOT_FOUND' || code === 'FORBIDDEN' ? absence : fault,
  }),
  route: { path: '/openapi.json', operationId: 'GetOpenApi', access: 'public' },
};

function toys(routes: readonly Route<ToyCaller>[] = [putToy, ...others]): Dialect<ToyCaller> {
  return withOpenApi(aDialect('toys', routes), facts);
}

async function documentOf({ url }: ToyServer): Promise<OpenApiDocument> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;
}

describe('the OpenAPI document', () => {
  it('is valid, and names the address it was asked at', async () => {
    await using server = await startToy([[toys(), '/play']]);
    const document = await documentOf(server);
    const { valid, errors } = await new Validator().validate({ ...document });
    expect([valid, errors]).toEqual([true, undefined]);
    expect(document.servers).toEqual([{ url: '/play' }]);
  });

  it('has every operation with its parameters, body and permission, and itself', async () => {
    await using server = await startToy([[toys()]]);
    const { paths, components } = await documentOf(server);
    expect(Object.keys(paths)).toEqual(['/toys/{id}', '/files/{path}', '/openapi.json']);
    const put = paths['/toys/{id}']?.['put'];
    expect(put).toMatchObject({
      operationId: 'PutToy',
      description: 'Permission: toy:create.',
      security: [{ Key: [] }],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/PutToyBody' } } },
      },
    });
    expect(put?.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 5 } },
      { name: 'size', in: 'query', required: false, schema: expect.objectContaining({ type: 'integer' }) as unknown },
      { name: 'colour', in: 'query', required: false, schema: { type: 'array', items: { type: 'string' } } },
      { name: 'x-note', in: 'header', required: false, schema: { type: 'string', maxLength: 3 } },
    ]);
    expect(components.schemas['PutToyBody']).toEqual({
      type: 'object',
      properties: { name: { type: 'string', default: 'bear' } },
    });
    expect(paths['/files/{path}']?.['get']?.security).toEqual([]);
    expect(paths['/files/{path}']?.['get']?.responses['200']?.content).toEqual({ 'image/png': {} });
  });

  it('has every status that can occur: of the handler, its errors, and the server around it', async () => {
    await using server = await startToy([[toys()]]);
    const { paths, components } = await documentOf(server);
    const put = paths['/toys/{id}']?.['put'];
    expect(Object.keys(put?.responses ?? {})).toEqual(
      ['200', '201', '400', '403', '404', '409', '413', '500', '503', '504'], // prettier-ignore
    );
    const reference = (status: number): unknown =>
      put?.responses[String(status)]?.content?.['application/json']?.schema?.['$ref'];
    expect([201, 404, 409, 403].map(reference)).toEqual(
      ['Toy', 'Absence', 'Fault', 'FaultOrAbsence'].map((name) => `#/components/schemas/${name}`),
    );
    expect(components.schemas['FaultOrAbsence']).toEqual({
      anyOf: [{ $ref: '#/components/schemas/Fault' }, { $ref: '#/components/schemas/Absence' }],
    });
    expect(put?.responses['503']?.headers).toHaveProperty('retry-after');
    expect(paths['/toys/{id}']?.['delete']?.responses['204']).toEqual({ description: 'No Content' });
    expect(Object.keys(paths['/openapi.json']?.['get']?.responses ?? {})).toEqual(['200', '400', '500', '503', '504']);
  });

  it('refuses two schemas of one name', () => {
    const twin = make.open({
      method: 'GET',
      path: '/twin',
      operationId: 'Twin',
      answers: { 200: z.string().meta({ id: 'Toy' }) },
      handler: () => Promise.resolve(jsonAnswer(200, '')),
    });
    expect(() => toys([putToy, twin])).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: 'two schemas are named Toy' }),
    );
  });
});

describe('a request', () => {
  const put = async (
    { url }: ToyServer,
    path: string,
    body = '{}',
    headers: Record<string, string> = {},
  ): Promise<unknown[]> => {
    const answer = await fetch(`${url}${path}`, { method: 'PUT', body, headers: { 'x-key': toyKey, ...headers } });
    return [answer.status, await answer.json()];
  };

  it('reaches the handler as its schemas make it', async () => {
    await using server = await startToy([[toys()]]);
    expect(await put(server, '/toys/a')).toEqual([201, { id: 'a bear - with key', size: 1 }]);
    expect(await put(server, '/toys/a?size=3&colour=red&other=1&__proto__=x')).toEqual([
      201,
      { id: 'a bear - with key', size: 4 },
    ]);
    expect(await put(server, '/toys/a?colour=red&colour=blue', '{"name":"cat"}', { 'x-note': 'hi' })).toEqual([
      201,
      { id: 'a cat hi with key', size: 3 },
    ]);
  });

  it.each([
    ['a parameter', '/toys/abcdef', '{}', {}, 'id'],
    ['the query', '/toys/a?size=much', '{}', {}, 'size'],
    ['a query that is one value', '/toys/a?size=1&size=2', '{}', {}, 'size'],
    ['a header', '/toys/a', '{}', { 'x-note': 'long' }, 'x-note'],
    ['the body', '/toys/a', '{"name":1}', {}, 'name'],
  ])('is refused for %s', async (_, path, body, headers, field) => {
    await using server = await startToy([[toys()]]);
    expect(await put(server, path, body, headers as Record<string, string>)).toMatchObject([
      400,
      { code: 'BAD_REQUEST', field },
    ]);
  });

  it('is refused for a NUL in the query', async () => {
    await using server = await startToy([[toys()]]);
    expect(await put(server, '/toys/a?colour=%00')).toMatchObject([400, { code: 'BAD_REQUEST' }]);
  });

  it('may leave out a body that its schema does without, and faults come in the words of the dialect', async () => {
    const route = make.open({
      method: 'POST',
      path: '/maybe',
      operationId: 'Maybe',
      body: z.object({ a: z.number() }).optional(),
      answers: { 200: z.object({ had: z.boolean() }) },
      handler: ({ body }) => Promise.resolve(jsonAnswer(200, { had: body !== undefined })),
    });
    const dialect = aDialect('toy', [route], {
      describeFaults: (issues, body) => `${JSON.stringify(body)}: ${String(issues.length)} fault`,
    });
    await using server = await startToy([[dialect]]);
    const post = async (body?: string): Promise<unknown> =>
      (await fetch(`${server.url}/maybe`, { method: 'POST', ...(body === undefined ? {} : { body }) })).json();
    expect(await post()).toEqual({ had: false });
    expect(await post('{"a":1}')).toEqual({ had: true });
    expect(await post('{"a":"1"}')).toMatchObject({ message: '{"a":"1"}: 1 fault' });
  });
});
