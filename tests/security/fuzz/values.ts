import type { OpenApiSchema } from '@infermesh/http';
import type { SeededRandom } from './seeded-random.js';

/** Texts that have broken servers before. */
const nastyTexts: readonly [string, ...string[]] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udc00x',
  '\uffff\ufffe',
  '💥👩‍👩‍👧',
  'İ'.repeat(50),
  '__proto__',
  'constructor',
  'toString',
  '../../../../etc/passwd',
  '..%2f..%2f',
  "'; DROP TABLE job; --",
  '$1',
  '{{7*7}}${7*7}',
  '<script>alert(1)</script>',
  'a\r\nset-cookie: b=c',
  'x'.repeat(101),
  'x'.repeat(5_000),
  '-1',
  'null',
  'NaN',
  '1e400',
  '{bull-auth}:auth:wait',
  'user:act-as',
  'a:b:c',
  ':',
];

const nastyNumbers: readonly [number, ...number[]] = [
  0,
  -0,
  -1,
  1.5,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  1e308,
  5e-324,
  Number.MAX_SAFE_INTEGER,
];

type Components = Readonly<Record<string, OpenApiSchema>>;

/** Makes JSON values from the schemas of one OpenAPI document: valid ones, almost valid ones, and none of it. */
export class ValueMaker {
  readonly #random: SeededRandom;
  readonly #components: Components;
  /** Words that the server said itself: ids and names lead deeper than random text. */
  readonly #known: () => readonly string[];

  constructor(random: SeededRandom, components: Components, known: () => readonly string[]) {
    this.#random = random;
    this.#components = components;
    this.#known = known;
  }

  /** Fits the schema, as far as JSON Schema says it. */
  valid(schema: OpenApiSchema, depth = 0): unknown {
    const { $ref, anyOf, enum: choices, const: only, type } = schema;
    if (typeof $ref === 'string') return this.valid(this.#resolve($ref), depth + 1);
    if (only !== undefined) return only;
    if (isFullList(choices)) return this.#random.pick(choices);
    if (isFullList(anyOf)) return this.valid(this.#random.pick(anyOf) as OpenApiSchema, depth + 1);
    switch (type) {
      case 'string':
        return this.#text(schema);
      case 'integer':
      case 'number':
        return this.#number(schema);
      case 'boolean':
        return this.#random.chance(0.5);
      case 'null':
        return null;
      case 'array':
        return this.#array(schema, depth);
      case 'object':
        return this.#object(schema, depth);
      default:
        return this.anything(depth + 1);
    }
  }

  /** A valid value with one thing wrong, or strange. */
  almost(schema: OpenApiSchema): unknown {
    const value = this.valid(schema);
    if (typeof value !== 'object' || value === null || this.#random.chance(0.1)) return this.anything();
    const names = Object.keys(value);
    const holder = value as Record<string, unknown>;
    const name = isFull(names) ? this.#random.pick(names) : 'extra';
    const change = this.#random.integer(0, 3);
    if (change === 0) Reflect.deleteProperty(holder, name);
    else if (change === 1) holder[name] = this.anything();
    else if (change === 2) holder[this.text()] = this.anything();
    else holder[name] = this.almost({ anyOf: [{}, { type: 'object', properties: {} }] });
    return value;
  }

  anything(depth = 0): unknown {
    const kind = this.#random.integer(0, depth > 3 ? 4 : 6);
    if (kind === 0) return null;
    if (kind === 1) return this.#random.chance(0.5);
    if (kind === 2) return this.#random.pick(nastyNumbers);
    if (kind <= 4) return this.text();
    if (kind === 5) return Array.from({ length: this.#random.integer(0, 4) }, () => this.anything(depth + 1));
    return Object.fromEntries(
      Array.from({ length: this.#random.integer(0, 4) }, () => [this.text(), this.anything(depth + 1)]),
    );
  }

  text(): string {
    const known = this.#known();
    if (isFull(known) && this.#random.chance(0.3)) return this.#random.pick(known);
    if (this.#random.chance(0.5)) return this.#random.pick(nastyTexts);
    return Array.from({ length: this.#random.integer(1, 20) }, () =>
      String.fromCodePoint(this.#random.chance(0.9) ? this.#random.integer(32, 126) : this.#random.integer(1, 0xd7ff)),
    ).join('');
  }

  #resolve(reference: string): OpenApiSchema {
    return this.#components[reference.split('/').at(-1) ?? ''] ?? {};
  }

  #text({ minLength = 0, maxLength = Infinity, pattern }: OpenApiSchema): string {
    const fitting =
      typeof pattern === 'string' ? this.#known().filter((word) => new RegExp(pattern, 'u').test(word)) : [];
    if (isFull(fitting)) return this.#random.pick(fitting);
    const text = this.text();
    const most = Number(maxLength);
    return (text.length > most ? text.slice(0, most) : text).padEnd(Number(minLength), 'x');
  }

  #number({ minimum, maximum, exclusiveMinimum, type }: OpenApiSchema): number {
    const least = Number(minimum ?? (exclusiveMinimum === undefined ? -1_000 : Number(exclusiveMinimum) + 1));
    const most = Number(maximum ?? least + 1_000_000);
    if (this.#random.chance(0.2)) return this.#random.pick([least, most]);
    return type === 'integer' ? this.#random.integer(least, most) : least + this.#random.next() * (most - least);
  }

  #array({ items = {}, minItems = 0, maxItems = 5 }: OpenApiSchema, depth: number): unknown[] {
    const most = Math.min(Number(maxItems), Number(minItems) + (depth > 3 ? 0 : 4));
    const length = this.#random.integer(Number(minItems), most);
    return Array.from({ length }, () => this.valid(items as OpenApiSchema, depth + 1));
  }

  #object({ properties = {}, required = [] }: OpenApiSchema, depth: number): Record<string, unknown> {
    const fields = Object.entries(properties as Components).filter(
      ([name]) => (required as string[]).includes(name) || (depth < 4 && this.#random.chance(0.5)),
    );
    return Object.fromEntries(fields.map(([name, field]) => [name, this.valid(field, depth + 1)]));
  }
}

function isFull<T>(values: readonly T[]): values is readonly [T, ...T[]] {
  return values.length > 0;
}

function isFullList(values: unknown): values is readonly [unknown, ...unknown[]] {
  return Array.isArray(values) && values.length > 0;
}
