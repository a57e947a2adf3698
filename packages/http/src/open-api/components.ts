import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import type { OpenApiSchema } from './document.js';

const folder = '#/components/schemas/';

/** The named schemas of one document. A schema is named by its `meta({ id })`, else by where it is first used. */
export class Components {
  readonly #registry = z.registry<{ id: string }>();
  readonly #names = new Map<z.core.$ZodType, string>();
  readonly #taken = new Set<string>();

  /** @throws MeshError CONFIG_INVALID when two schemas want one name */
  refer(schema: z.ZodType, name: string): { $ref: string } {
    return { $ref: `${folder}${this.#nameOf(schema, name)}` };
  }

  /** One name for a choice of schemas. */
  referToAny(schemas: readonly z.ZodType[], name: string): { $ref: string } {
    const [first, ...others] = [...new Set(schemas)];
    if (first === undefined) throw new MeshError('INTERNAL', `${name} is a choice of nothing`);
    if (others.length === 0) return this.refer(first, name);
    const choices = [first, ...others];
    const choiceName = choices.map((schema, index) => this.#nameOf(schema, `${name}_${String(index + 1)}`)).join('Or');
    const known = [...this.#names].find(([, taken]) => taken === choiceName)?.[0];
    return this.refer((known as z.ZodType | undefined) ?? z.union(choices), choiceName);
  }

  toSchemas(): Record<string, OpenApiSchema> {
    const { schemas } = z.toJSONSchema(this.#registry, {
      uri: (id) => `${folder}${id}`,
      io: 'input',
      unrepresentable: 'any',
    });
    // recursive schemas without a name of their own come as definitions inside a component named __shared
    const { __shared: shared, ...named } = schemas;
    const all = { ...named, ...(shared?.$defs ?? {}) };
    const text = JSON.stringify(all).replaceAll(`${folder}__shared#/$defs/`, folder);
    const plain = JSON.parse(text) as Record<string, Record<string, unknown>>;
    for (const schema of Object.values(plain)) {
      delete schema['$schema'];
      delete schema['$id'];
    }
    return plain;
  }

  #nameOf(schema: z.ZodType, wanted: string): string {
    const known = this.#names.get(schema);
    if (known !== undefined) return known;
    const name = schema.meta()?.id ?? wanted;
    if (this.#taken.has(name)) throw new MeshError('CONFIG_INVALID', `two schemas are named ${name}`);
    this.#taken.add(name);
    this.#names.set(schema, name);
    this.#registry.add(schema, { id: name });
    return name;
  }
}
