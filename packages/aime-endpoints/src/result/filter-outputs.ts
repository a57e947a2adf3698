import type { JsonValue } from '../definition/json-value.js';
import type { OutputDefinition } from '../definition/output-definition.js';
import { shownValue } from '../request/type-names.js';

export interface FilteredOutputs {
  /** What may go to the client, in the order of the file. Media are data URLs still. */
  readonly values: Readonly<Record<string, JsonValue>>;
  /** What was left out and why, for the operator's log: the first hundred; names alone of what is not declared. */
  readonly problems: readonly string[];
}

/**
 * Keeps of a worker's result, or of its progress, what the endpoint declares, if it is of the declared type. Null passes as
 * any type; a float without a fraction passes as an integer, a number as a float. `error` passes, declared or not, as a text.
 *
 * @param envelope names that belong to the worker's own answer, such as `job_id`: they are left out without a word
 */
export function filterOutputs(
  outputs: readonly OutputDefinition[],
  result: Readonly<Record<string, unknown>>,
  envelope: ReadonlySet<string> = workerFields,
): FilteredOutputs {
  const declared = new Set(outputs.map(({ name }) => name));
  const problems: string[] = [];
  const values: [string, JsonValue][] = [];
  for (const output of outputs) {
    const value = Object.hasOwn(result, output.name) ? result[output.name] : undefined;
    if (value === undefined) continue;
    if (value === null || fitsOutput(output.kind, value)) values.push([output.name, value as JsonValue]);
    else problems.push(`the output ${output.name} is declared ${output.kind}, and is ${shownValue(value)}`);
  }
  for (const name of Object.keys(result)) {
    if (declared.has(name) || envelope.has(name)) continue;
    if (name === 'error') values.push(['error', errorText(result[name])]);
    else problems.push(`the output ${shownValue(name)} is not declared`);
  }
  return { values: Object.fromEntries(values), problems: problems.slice(0, maxProblems) };
}

/** A hostile worker fills no log. */
const maxProblems = 100;

/** What a worker says about itself and the job beside the outputs. */
export const workerFields: ReadonlySet<string> = new Set([
  'job_id',
  'auth',
  'auth_key',
  'job_type',
  'version',
  'metrics',
  'model_name',
  'arrival_time',
  'finished_time',
  'pending_duration',
  'preprocessing_duration',
  'start_time',
  'start_time_compute',
]);

function fitsOutput(kind: OutputDefinition['kind'], value: unknown): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return Number.isInteger(value);
    case 'float':
      return typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'json':
      return true;
    case 'image':
    case 'audio':
    case 'video':
      return isDataUrl(value);
    case 'image_list':
      return Array.isArray(value) && value.every(isDataUrl);
  }
}

/** As a worker writes it; the bytes are not looked at. */
function isDataUrl(value: unknown): boolean {
  return typeof value === 'string' && /^data:[^,]{0,200};base64,/u.test(value.slice(0, 256));
}

function errorText(error: unknown): JsonValue {
  return typeof error === 'string' || error === null ? error : shownValue(error);
}
