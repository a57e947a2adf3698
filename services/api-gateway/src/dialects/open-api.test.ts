import { describe, expect, it } from '@jest/globals';
import type { Dialect, OpenApiDocument } from '@infermesh/http';
import { Validator } from '@seriousme/openapi-schema-validator';
import { createAuthDialect } from './auth/auth-dialect.js';
import type { AuthDialectParts } from './auth/auth-parts.js';
import { createEsdDialect } from './esd/esd-dialect.js';
import type { EsdParts } from './esd/esd-parts.js';
import { esdVersions, type EsdVersion } from './esd/version-rules.js';

/** No operation is called but the one that shows the document, which uses no part but the settings. */
const partsOf = (version: EsdVersion): EsdParts =>
  ({
    settings: { version, maxPayloadBytes: 1, realTimeWaitMs: 1, runTimeoutMs: 1, bucket: 'b' },
  }) as unknown as EsdParts;
const dialects: [string, string, Dialect][] = [
  ...esdVersions.map((version): [string, string, Dialect] => [
    `esd ${version}`,
    'GetApiOAS',
    createEsdDialect(partsOf(version)),
  ]),
  ['auth', 'GetOpenApi', createAuthDialect({} as AuthDialectParts)],
];

async function documentOf(dialect: Dialect, operationId: string): Promise<OpenApiDocument> {
  const route = dialect.routes.find((candidate) => candidate.operationId === operationId);
  const answer = await route?.handler({ basePath: '' } as never);
  return (answer?.body as unknown as { value: OpenApiDocument }).value;
}

describe.each(dialects)('the document of %s', (_name, operationId, dialect) => {
  it('is valid OpenAPI 3.1, complete and without an undocumented answer', async () => {
    const document = await documentOf(dialect, operationId);
    const { valid, errors } = await new Validator().validate({ ...document });
    expect([valid, errors]).toEqual([true, undefined]);
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations.map((operation) => operation.operationId)).toEqual(
      dialect.routes.map((route) => route.operationId),
    );
    for (const { responses } of operations)
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['503', '504']));
  });

  it('refers to a named schema for every answer that has a body, as ESD’s test suite looks them up', async () => {
    const { paths, components } = await documentOf(dialect, operationId);
    for (const { responses } of Object.values(paths).flatMap((path) => Object.values(path))) {
      for (const { content } of Object.values(responses)) {
        const reference = content?.['application/json']?.schema?.['$ref'];
        if (content !== undefined && !('text/event-stream' in content))
          expect(components.schemas).toHaveProperty(String(reference).split('/').at(-1) ?? '');
      }
    }
  });
});
