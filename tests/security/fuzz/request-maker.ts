import type { OpenApiDocument, OpenApiOperation, OpenApiParameter } from '@infermesh/http';
import type { SeededRandom } from './seeded-random.js';
import type { FuzzRequest } from './send.js';
import { ValueMaker } from './values.js';

export interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: OpenApiOperation;
}

export function operationsOf({ paths }: OpenApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

/** Makes requests to the operations of one document: half of them well formed, the others ever less so. */
export class RequestMaker {
  readonly #random: SeededRandom;
  readonly #values: ValueMaker;
  readonly #operations: readonly Operation[];

  constructor(random: SeededRandom, document: OpenApiDocument, known: () => readonly string[]) {
    this.#random = random;
    this.#values = new ValueMaker(random, document.components.schemas, known);
    this.#operations = operationsOf(document);
  }

  make(key: string): { request: FuzzRequest; operation: OpenApiOperation } {
    const { path, method, operation } = this.#random.pick(this.#operations as [Operation, ...Operation[]]);
    const parameters = operation.parameters ?? [];
    const body = this.#body(operation);
    const request = {
      operationId: operation.operationId,
      method,
      path: `${this.#path(path, parameters)}${this.#query(parameters)}`,
      headers: { ...this.#headers(parameters), ...this.#key(key) },
      body,
    };
    return { request, operation };
  }

  /** Mostly the good key. */
  #key(key: string): Record<string, string> {
    if (this.#random.chance(0.95)) return { 'x-api-key': key };
    const wrong: [Record<string, string>, ...Record<string, string>[]] = [
      {},
      { 'x-api-key': '' },
      { 'x-api-key': 'im_wrong' },
      { 'x-api-key': 'x'.repeat(600) },
      { authorization: 'Bearer 61646D696E' },
      { 'x-api-key': `${key.slice(0, -1)}_` },
    ];
    return this.#random.pick(wrong);
  }

  #path(template: string, parameters: readonly OpenApiParameter[]): string {
    return template.replace(/\{(\w+)\}/gu, (_, name: string) => {
      const schema = parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.schema ?? {};
      if (this.#random.chance(0.02)) return '%zz';
      const value = String(this.#random.chance(0.7) ? this.#values.valid(schema) : this.#values.text());
      // an empty segment, or one of dots, is another path
      return encodeURIComponent(value.replace(/\p{Surrogate}/gu, '?')) || 'x';
    });
  }

  #query(parameters: readonly OpenApiParameter[]): string {
    const query = new URLSearchParams();
    for (const { name, schema, in: place } of parameters) {
      if (place === 'query' && this.#random.chance(0.6)) {
        query.append(name, String(this.#random.chance(0.7) ? this.#values.valid(schema) : this.#values.text()));
      }
    }
    if (this.#random.chance(0.1)) query.append(this.#values.text(), this.#values.text());
    const text = query.toString();
    return text === '' ? '' : `?${text}`;
  }

  #headers(parameters: readonly OpenApiParameter[]): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const { name, in: place } of parameters) {
      if (place === 'header' && this.#random.chance(0.3)) headers[name] = headerText(this.#values.text());
    }
    if (this.#random.chance(0.1)) headers['content-type'] = headerText(this.#values.text());
    if (this.#random.chance(0.1)) headers['x-request-id'] = headerText(this.#values.text());
    if (this.#random.chance(0.02)) headers['content-encoding'] = 'gzip';
    return headers;
  }

  #body({ requestBody }: OpenApiOperation): Buffer | undefined {
    const schema = requestBody?.content['application/json']?.schema;
    if (schema === undefined) return this.#random.chance(0.1) ? Buffer.from('{"not":"asked"}') : undefined;
    const kind = this.#random.next();
    if (kind < 0.5) return json(this.#values.valid(schema));
    if (kind < 0.8) return json(this.#values.almost(schema));
    if (kind < 0.9) return json(this.#values.anything());
    return this.#random.pick<() => Buffer | undefined>([
      () => undefined,
      () => Buffer.alloc(0),
      () => Buffer.from('{"a":'),
      () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
      () => Buffer.from('['.repeat(20_000)),
      () => Buffer.from('{"__proto__":{"admin":true}}'),
      () => Buffer.from(`{"a":"${'x'.repeat(200_000)}"}`),
      () => json(this.#values.valid(schema)).subarray(1),
    ])();
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** What a header may hold: anything else would be stopped by our own client. */
function headerText(text: string): string {
  return text.replace(/[^\t\u0020-\u007e\u0080-\u00ff]/gu, '?');
}
