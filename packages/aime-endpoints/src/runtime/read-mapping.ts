import type { InputDefinition } from '../definition/input-definition.js';
import type { JsonValue } from '../definition/json-value.js';
import type { OutputDefinition } from '../definition/output-definition.js';
import { oneOf } from '../problems/explain-issue.js';
import type { KeyPath } from '../problems/key-text.js';
import { findNearestWord } from '../problems/nearest-word.js';
import type { ProblemList } from '../problems/problem-list.js';
import type { WorkerToml } from '../schema/endpoint-schema.js';
import type { RuntimeDescription, RuntimeDescriptions, RuntimeField } from './runtime-description.js';
import {
  parsePayloadSource,
  parseResultSource,
  type PayloadSource,
  type ResultSource,
  type RuntimeMapping,
} from './runtime-mapping.js';

interface MappedParts {
  readonly inputs: readonly InputDefinition[];
  readonly outputs: readonly OutputDefinition[];
}

/**
 * Reads `runtime`, `[WORKER.PAYLOAD]` and `[WORKER.RESULT]`. Without the tables, fields, inputs and outputs of the same
 * name belong together.
 *
 * @param runtimes null: nobody knows here what the runtimes take; names of inputs and outputs are checked all the same
 */
export function readMapping(
  worker: WorkerToml,
  parts: MappedParts,
  runtimes: RuntimeDescriptions | null,
  problems: ProblemList,
): RuntimeMapping | null {
  if (worker.runtime === undefined) {
    for (const key of ['PAYLOAD', 'RESULT'] as const) {
      if (worker[key] !== undefined) problems.warning(['WORKER', key], 'has no effect without runtime');
    }
    return null;
  }
  const description = runtimes?.get(worker.runtime);
  if (runtimes !== null && description === undefined) {
    problems.mistake(['WORKER', 'runtime'], `must be ${oneOf([...runtimes.keys()])}, is "${worker.runtime}"`);
  }
  const mapping = {
    runtime: worker.runtime,
    payload: readPayload(worker, parts, description),
    result: readResult(worker, parts),
  };
  new MappingChecker(worker, parts, description, problems).check(mapping);
  return mapping;
}

function readPayload(
  worker: WorkerToml,
  { inputs }: MappedParts,
  description: RuntimeDescription | undefined,
): RuntimeMapping['payload'] {
  if (worker.PAYLOAD !== undefined) {
    const fields = Object.entries(worker.PAYLOAD as Record<string, JsonValue>);
    return Object.fromEntries(fields.map(([field, value]) => [field, parsePayloadSource(value)]));
  }
  const taken = inputs.filter(({ name }) => description === undefined || Object.hasOwn(description.payload, name));
  return Object.fromEntries(taken.map(({ name }) => [name, { from: 'input', name }]));
}

/** Outputs that the table does not name keep to the field of their own name. */
function readResult(worker: WorkerToml, { outputs }: MappedParts): RuntimeMapping['result'] {
  const named = Object.entries(worker.RESULT ?? {}).map(([name, text]) => [name, parseResultSource(text)] as const);
  const all: (readonly [string, ResultSource])[] = [
    ...outputs.map(({ name }) => [name, { from: 'result', path: [name] }] as const),
    ...named,
  ];
  return Object.fromEntries(all);
}

class MappingChecker {
  readonly #worker: WorkerToml;
  readonly #inputs: ReadonlyMap<string, InputDefinition>;
  readonly #outputs: ReadonlyMap<string, OutputDefinition>;
  readonly #description: RuntimeDescription | undefined;
  readonly #problems: ProblemList;

  constructor(
    worker: WorkerToml,
    { inputs, outputs }: MappedParts,
    description: RuntimeDescription | undefined,
    problems: ProblemList,
  ) {
    this.#worker = worker;
    this.#inputs = new Map(inputs.map((input) => [input.name, input]));
    this.#outputs = new Map(outputs.map((output) => [output.name, output]));
    this.#description = description;
    this.#problems = problems;
  }

  check({ payload, result }: RuntimeMapping): void {
    for (const [field, source] of Object.entries(payload)) this.#checkPayloadField(field, source);
    this.#checkRequiredFields(payload);
    for (const [output, source] of Object.entries(result)) this.#checkOutput(output, source);
  }

  #checkPayloadField(field: string, source: PayloadSource): void {
    const path = ['WORKER', 'PAYLOAD', field];
    this.#checkInputNames(source, path);
    if (this.#description === undefined) return;
    const fields = this.#description.payload;
    const wanted = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (wanted === undefined) this.#unknown(path, `the runtime takes no ${field}`, Object.keys(fields));
    else this.#checkFieldType(path, source, wanted);
  }

  #checkInputNames(source: PayloadSource, path: KeyPath): void {
    if (source.from === 'input' && !this.#inputs.has(source.name)) {
      this.#unknown(path, `$${source.name} is no input`, [...this.#inputs.keys()]);
    }
    if (source.from === 'table') {
      for (const [key, part] of Object.entries(source.fields)) this.#checkInputNames(part, [...path, key]);
    }
    if (source.from === 'list') {
      for (const [index, part] of source.elements.entries()) this.#checkInputNames(part, [...path, index]);
    }
  }

  #checkFieldType(path: KeyPath, source: PayloadSource, wanted: RuntimeField): void {
    const given = typesOf(source, this.#inputs);
    const misfits = given.filter((type) => !fits(type, wanted.type));
    if (misfits.length > 0) {
      this.#problems.mistake(
        path,
        `the runtime wants ${wanted.type} here, and gets ${[...new Set(misfits)].join(', ')}`,
      );
    }
    const input = source.from === 'input' ? this.#inputs.get(source.name) : undefined;
    if (wanted.required && input !== undefined && isOptional(input)) {
      this.#problems.mistake(
        path,
        `the runtime needs it, so the input ${input.name} must be required or have a default`,
      );
    }
  }

  #checkRequiredFields(payload: RuntimeMapping['payload']): void {
    for (const [field, { required, type }] of Object.entries(this.#description?.payload ?? {})) {
      if (!required || Object.hasOwn(payload, field)) continue;
      const path = this.#worker.PAYLOAD === undefined ? ['WORKER', 'runtime'] : ['WORKER', 'PAYLOAD'];
      this.#problems.mistake(path, `the runtime needs ${field} (${type}): give it an input or a constant`);
    }
  }

  #checkOutput(name: string, source: ResultSource): void {
    const isNamed = this.#worker.RESULT !== undefined && Object.hasOwn(this.#worker.RESULT, name);
    const path = isNamed ? ['WORKER', 'RESULT', name] : ['OUTPUTS', name];
    const output = this.#outputs.get(name);
    if (output === undefined) this.#unknown(path, `${name} is no output`, [...this.#outputs.keys()]);
    else if (source.from === 'input') this.#checkEcho(path, output, source.name);
    else this.#checkResultField(path, output, source.path);
  }

  #checkEcho(path: KeyPath, output: OutputDefinition, name: string): void {
    const input = this.#inputs.get(name);
    if (input === undefined) this.#unknown(path, `$${name} is no input`, [...this.#inputs.keys()]);
    else this.#checkOutputType(path, output, inputTypes(input));
  }

  #checkResultField(path: KeyPath, output: OutputDefinition, [first = '', ...rest]: readonly string[]): void {
    if (this.#description === undefined) return;
    const fields = this.#description.result;
    const field = Object.hasOwn(fields, first) ? fields[first] : undefined;
    if (field === undefined) this.#unknown(path, `the runtime gives no ${first}`, Object.keys(fields));
    else if (rest.length === 0) this.#checkOutputType(path, output, [field.type]);
    else if (field.type !== 'json') this.#problems.mistake(path, `${first} is ${field.type} and has no fields in it`);
  }

  #checkOutputType(path: KeyPath, output: OutputDefinition, given: readonly string[]): void {
    const misfits = given.filter((type) => !fits(type, output.kind));
    if (misfits.length === 0) return;
    this.#problems.mistake(path, `the output is ${output.kind}, and gets ${[...new Set(misfits)].join(', ')}`);
  }

  #unknown(path: KeyPath, what: string, known: readonly string[]): void {
    const nearest = findNearestWord(String(path.at(-1)), known);
    const hint = nearest === undefined ? `there is ${known.join(', ') || 'none'}` : `did you mean ${nearest}?`;
    this.#problems.mistake(path, `${what}; ${hint}`);
  }
}

function isOptional({ required, defaultValue, kind }: InputDefinition): boolean {
  return !required && defaultValue === undefined && kind !== 'selection';
}

function typesOf(source: PayloadSource, inputs: ReadonlyMap<string, InputDefinition>): readonly string[] {
  switch (source.from) {
    case 'input': {
      const input = inputs.get(source.name);
      return input === undefined ? [] : inputTypes(input);
    }
    case 'constant':
      return [scalarType(source.value)];
    case 'table':
    case 'list':
      return ['json'];
  }
}

function inputTypes(input: InputDefinition): readonly string[] {
  if (input.kind === 'selection') return input.supported.map(scalarType);
  if (input.kind === 'text_context') return ['string'];
  return [input.kind === 'chat_context' ? 'json' : input.kind];
}

function scalarType(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float';
  if (value === null) return 'json';
  return typeof value;
}

const media: ReadonlySet<string> = new Set(['image', 'image_list', 'audio', 'video']);

/** Whether a value of one type may stand where another is wanted. JSON holds all but media; its own shape is not known. */
function fits(given: string, wanted: string): boolean {
  if (given === wanted) return true;
  if (given === 'integer' && wanted === 'float') return true;
  if (given === 'image' && wanted === 'image_list') return false;
  return wanted === 'json' && !media.has(given);
}
