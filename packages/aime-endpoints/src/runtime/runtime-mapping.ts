import type { JsonValue } from '../definition/json-value.js';
import type { ParameterValue } from '../media/media-value.js';

/** How one of the mesh's own runtimes does the jobs of an endpoint. */
export interface RuntimeMapping {
  readonly runtime: string;
  /** By field of the payload. */
  readonly payload: Readonly<Record<string, PayloadSource>>;
  /** By output. */
  readonly result: Readonly<Record<string, ResultSource>>;
}

export type PayloadSource =
  | { readonly from: 'input'; readonly name: string }
  | { readonly from: 'constant'; readonly value: string | number | boolean | null }
  | { readonly from: 'table'; readonly fields: Readonly<Record<string, PayloadSource>> }
  | { readonly from: 'list'; readonly elements: readonly PayloadSource[] };

export type ResultSource =
  { readonly from: 'input'; readonly name: string } | { readonly from: 'result'; readonly path: readonly string[] };

/** The payload for the runtime. A field whose input the request left out is left out too. */
export function payloadFor(
  { payload }: RuntimeMapping,
  parameters: ReadonlyMap<string, ParameterValue>,
): Record<string, ParameterValue> {
  return fill(payload, parameters);
}

function fill(
  fields: Readonly<Record<string, PayloadSource>>,
  parameters: ReadonlyMap<string, ParameterValue>,
): Record<string, ParameterValue> {
  const filled = Object.entries(fields)
    .map(([name, source]) => [name, resolve(source, parameters)] as const)
    .filter((entry): entry is readonly [string, ParameterValue] => entry[1] !== undefined);
  return Object.fromEntries(filled);
}

function resolve(source: PayloadSource, parameters: ReadonlyMap<string, ParameterValue>): ParameterValue | undefined {
  switch (source.from) {
    case 'input':
      return parameters.get(source.name);
    case 'constant':
      return source.value;
    case 'table':
      return fill(source.fields, parameters);
    case 'list':
      return source.elements.map((element) => resolve(element, parameters) ?? null);
  }
}

/** The outputs of a job, taken from the runtime's result and from its inputs; not yet checked against [OUTPUTS]. */
export function outputsOf(
  { result }: RuntimeMapping,
  runtimeResult: Readonly<Record<string, unknown>>,
  parameters: ReadonlyMap<string, ParameterValue>,
): Record<string, unknown> {
  const outputs = Object.entries(result)
    .map(
      ([name, source]) =>
        [name, source.from === 'input' ? parameters.get(source.name) : valueAt(runtimeResult, source.path)] as const,
    )
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(outputs);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, key) =>
      typeof current === 'object' && current !== null && Object.hasOwn(current, key)
        ? (current as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

/**
 * Reads one value of `[WORKER.PAYLOAD]`: a text `$name` is an input, `$$text` the text `$text`, anything else is itself.
 * Tables and lists may hold such texts at any depth.
 */
export function parsePayloadSource(value: JsonValue): PayloadSource {
  if (typeof value === 'string') {
    const name = inputNameOf(value);
    return name === undefined ? { from: 'constant', value: unescaped(value) } : { from: 'input', name };
  }
  if (typeof value !== 'object' || value === null) return { from: 'constant', value };
  if (isList(value)) return { from: 'list', elements: value.map(parsePayloadSource) };
  const fields = Object.entries(value).map(([key, part]) => [key, parsePayloadSource(part)] as const);
  return { from: 'table', fields: Object.fromEntries(fields) };
}

/** Reads one value of `[WORKER.RESULT]`: `$name` is an input, anything else a field of the result, with dots inside. */
export function parseResultSource(text: string): ResultSource {
  const name = inputNameOf(text);
  return name === undefined ? { from: 'result', path: unescaped(text).split('.') } : { from: 'input', name };
}

function inputNameOf(text: string): string | undefined {
  return text.startsWith('$') && !text.startsWith('$$') ? text.slice(1) : undefined;
}

function unescaped(text: string): string {
  return text.startsWith('$$') ? text.slice(1) : text;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
