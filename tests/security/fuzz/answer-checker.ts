import type { OpenApiDocument, OpenApiOperation, OpenApiSchema } from '@infermesh/http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FuzzAnswer } from './send.js';

const allowedFailures = [503, 504];

/** Compares answers with what the document says of their operation. */
export class AnswerChecker {
  readonly #ajv = new Ajv2020({ strict: false });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor({ components }: OpenApiDocument) {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: 'document', components: closed(components) as object });
  }

  /** What is wrong with the answer; undefined for nothing. */
  fault({ responses }: OpenApiOperation, { status, headers, text }: FuzzAnswer): string | undefined {
    if (status >= 500 && !allowedFailures.includes(status)) return `status ${String(status)}`;
    const documented = responses[String(status)];
    if (documented === undefined) return `status ${String(status)} is not documented`;
    if (status === 429 && !/^\d+$/u.test(headers['retry-after'] ?? '')) return 'no Retry-After';
    const media = documented.content?.['application/json'];
    if (media?.schema === undefined || status === 204)
      return text === '' ? undefined : 'a body where none is documented';
    if (headers['content-type'] !== 'application/json') return `content type ${String(headers['content-type'])}`;
    const validate = this.#compile(media.schema);
    return validate(JSON.parse(text)) ? undefined : this.#ajv.errorsText(validate.errors);
  }

  #compile(schema: OpenApiSchema): ValidateFunction {
    const key = JSON.stringify(schema);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const validate = this.#ajv.compile(JSON.parse(key.replaceAll('"#/', '"document#/')) as object);
    this.#compiled.set(key, validate);
    return validate;
  }
}

/** The document leaves room for fields that come later. Here a field that it does not name is a fault. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
  const isOpen = 'properties' in copy && !('additionalProperties' in copy);
  return isOpen ? { ...copy, additionalProperties: false } : copy;
}
