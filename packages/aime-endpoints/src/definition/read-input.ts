import { decodeDataUrl } from '../media/decode-data-url.js';
import type { KeyPath } from '../problems/key-text.js';
import type { ProblemList } from '../problems/problem-list.js';
import { checkChatContext } from '../request/check-chat-context.js';
import { checkPlain, isPlain, type PlainDefinition } from '../request/check-plain.js';
import type { ChatContextInputToml, InputToml, NumberInputToml, SelectionInputToml } from '../schema/input-schema.js';
import { maxConfigBytes } from '../toml/read-config-text.js';
import type { InputDefinition, NumberInput, SelectionInput } from './input-definition.js';
import type { JsonValue } from './json-value.js';
import type { AllowedMedia, MediaKind } from './media-rules.js';
import { checkLimits, mergeLimitNames } from './read-limits.js';
import { readMediaRules } from './read-media-rules.js';

export type AllowedByKind = Readonly<Partial<Record<MediaKind, AllowedMedia>>>;

/** Reads one entry of [INPUTS]. Its default must pass the checks that a client's value has to pass. */
export function readInput(
  name: string,
  toml: InputToml,
  allowed: AllowedByKind,
  problems: ProblemList,
): InputDefinition {
  const path = ['INPUTS', name];
  const input = readByType(name, toml, allowed, path, problems);
  if (toml.required === true && toml.auto_convert === true && input.defaultValue === undefined && isPlain(input)) {
    if (input.kind !== 'selection') {
      problems.warning(path, 'is required and converted but has no default: a request without it is refused');
    }
  }
  return withCheckedDefault(input, [...path, 'default'], problems);
}

function readByType(
  name: string,
  toml: InputToml,
  allowed: AllowedByKind,
  path: KeyPath,
  problems: ProblemList,
): InputDefinition {
  const common = {
    name,
    required: toml.required ?? false,
    autoConvert: toml.auto_convert ?? false,
    defaultValue: toml.default as JsonValue | undefined,
    description: toml.description ?? null,
  };
  const rulesOf = (kind: MediaKind, table: object, at: KeyPath): ReturnType<typeof readMediaRules> =>
    readMediaRules({ kind, toml: table, autoConvert: common.autoConvert, allowed: allowed[kind] ?? {} }, at, problems);
  switch (toml.type) {
    case 'integer':
    case 'int':
      return { ...common, kind: 'integer', ...numberLimits(toml, path, problems) };
    case 'float':
      return { ...common, kind: 'float', ...numberLimits(toml, path, problems) };
    case 'string':
    case 'str':
      return { ...common, kind: 'string', maxLength: toml.max_length ?? null };
    case 'boolean':
    case 'bool':
      return { ...common, kind: 'boolean' };
    case 'selection':
      return readSelection({ ...common, defaultValue: toml.default }, toml, path, problems);
    case 'json':
    case 'text_context':
      return { ...common, kind: toml.type };
    case 'image':
    case 'audio':
    case 'video':
      return { ...common, kind: toml.type, rules: rulesOf(toml.type, toml, path) };
    case 'image_list':
      return { ...common, kind: 'image_list', rules: rulesOf('image', toml, path) };
    case 'chat_context':
      return { ...common, kind: 'chat_context', media: readChatMedia(toml, path, problems, rulesOf) };
  }
}

function numberLimits(
  toml: NumberInputToml,
  path: KeyPath,
  problems: ProblemList,
): Pick<NumberInput, 'min' | 'max' | 'align'> {
  const limits = mergeLimitNames(toml, path, problems);
  checkLimits(limits, path, problems);
  return limits;
}

/**
 * A worker may count on a selection's value, as it may at the reference: one without a default is required, unless the
 * file says that it is not.
 */
function readSelection(
  common: Omit<SelectionInput, 'kind' | 'supported'>,
  toml: SelectionInputToml,
  path: KeyPath,
  problems: ProblemList,
): SelectionInput {
  const { supported } = toml;
  const seen = new Set<unknown>();
  for (const [index, value] of supported.entries()) {
    if (seen.has(value)) problems.warning([...path, 'supported', index], 'stands in the list before');
    seen.add(value);
  }
  const required = toml.required ?? (toml.default === undefined && !common.autoConvert);
  return { ...common, kind: 'selection', supported, required };
}

function readChatMedia(
  toml: ChatContextInputToml,
  path: KeyPath,
  problems: ProblemList,
  rulesOf: (kind: MediaKind, table: object, at: KeyPath) => ReturnType<typeof readMediaRules>,
): ReadonlyMap<MediaKind, ReturnType<typeof readMediaRules>> {
  const support = toml.support ?? [];
  for (const kind of ['image', 'audio', 'video'] as const) {
    if (toml[kind] !== undefined && !support.includes(kind)) {
      problems.warning([...path, kind], `has no effect, as support does not name "${kind}"`);
    }
  }
  return new Map(support.map((kind) => [kind, rulesOf(kind, toml[kind] ?? {}, [...path, kind])]));
}

function withCheckedDefault(input: InputDefinition, path: KeyPath, problems: ProblemList): InputDefinition {
  const { defaultValue } = input;
  if (defaultValue === undefined) return input;
  if (isPlain(input)) return checkedPlain(input, defaultValue, path, problems);
  if (input.kind === 'chat_context') {
    const checked = checkChatContext(new Map(), defaultValue);
    if (!checked.ok) for (const error of checked.errors) problems.mistake(path, error);
    return input;
  }
  const urls = Array.isArray(defaultValue) ? (defaultValue as readonly JsonValue[]) : [defaultValue];
  // An empty text is how files say that there is no picture.
  if (urls.every((url) => url === '')) return { ...input, defaultValue: undefined };
  for (const url of urls) {
    const decoded = decodeDataUrl(typeof url === 'string' ? url : '', maxConfigBytes);
    if (!decoded.ok) problems.mistake(path, decoded.errors.join('; '));
  }
  return input;
}

function checkedPlain(
  input: PlainDefinition,
  defaultValue: JsonValue,
  path: KeyPath,
  problems: ProblemList,
): InputDefinition {
  // A value of the list it must be: what is converted to the default would otherwise stay what it is not.
  const strict = input.kind === 'selection' ? { ...input, autoConvert: false } : input;
  const checked = checkPlain(strict, defaultValue);
  if (!checked.ok) for (const error of checked.errors) problems.mistake(path, error);
  return input;
}
