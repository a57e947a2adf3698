import { MeshError } from '@infermesh/errors';

/** Reads the fields of one JSON object; a complaint names the field by its path. */
export class FieldReader {
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  private constructor(path: string, fields: Readonly<Record<string, unknown>>) {
    this.#path = path;
    this.#fields = fields;
  }

  /** The one object of the array `name`. @throws MeshError CONFIG_INVALID */
  static ofOnlyElement(document: unknown, name: string): FieldReader {
    if (!isRecord(document)) throw invalid(name, 'the configuration must be a JSON object');
    const list = document[name];
    const first: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined;
    if (!isRecord(first)) throw invalid(name, `${name} must be an array with one object`);
    return new FieldReader(name, first);
  }

  /** @throws MeshError CONFIG_INVALID */
  number(field: string): number {
    const value = this.#fields[field];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw invalid(this.#pathOf(field), `${this.#pathOf(field)} must be a number, and is ${describe(value)}`);
  }

  /** @throws MeshError CONFIG_INVALID */
  whole(field: string): number {
    const value = this.number(field);
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) return value;
    throw invalid(this.#pathOf(field), `${this.#pathOf(field)} must be a whole number, and is ${value}`);
  }

  /** The choice whose number stands in the field; the first has number 1. @throws MeshError CONFIG_INVALID */
  choice<Choice>(field: string, choices: readonly Choice[]): Choice {
    const choice = choices[this.whole(field) - 1];
    if (choice !== undefined) return choice;
    const path = this.#pathOf(field);
    throw invalid(path, `${path} must be from 1 to ${choices.length}, and is ${this.whole(field)}`);
  }

  #pathOf(field: string): string {
    return `${this.#path}.${field}`;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

function invalid(field: string, sentence: string): MeshError {
  return new MeshError('CONFIG_INVALID', `radar: ${sentence}`, { field });
}
