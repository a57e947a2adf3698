import type { KeyPath } from '../problems/key-text.js';
import type { ProblemList } from '../problems/problem-list.js';
import type { MediaAttributesToml, WordRuleToml } from '../schema/media-schema.js';
import type { OutputToml } from '../schema/output-schema.js';
import type { MediaOutput, OutputDefinition } from './output-definition.js';
import { readMediaRules } from './read-media-rules.js';

/** Names that every answer has for its own. `error` is not among them: a worker may send one, declared or not. */
const answerNames: ReadonlySet<string> = new Set(['success', 'job_id', 'ep_version']);

/** Reads one entry of [OUTPUTS] or [PROGRESS.OUTPUTS]; `path` leads to it. */
export function readOutput(name: string, toml: OutputToml, path: KeyPath, problems: ProblemList): OutputDefinition {
  if (answerNames.has(name)) problems.mistake(path, 'is the name of a field that every answer has; choose another one');
  const common = { name, description: toml.description ?? null };
  switch (toml.type) {
    case 'string':
    case 'str':
      return { ...common, kind: 'string' };
    case 'integer':
    case 'int':
      return { ...common, kind: 'integer' };
    case 'boolean':
    case 'bool':
      return { ...common, kind: 'boolean' };
    case 'float':
    case 'json':
      return { ...common, kind: toml.type };
    case 'image':
    case 'image_list':
    case 'audio':
    case 'video':
      return { ...common, kind: toml.type, rules: readRules(toml, path, problems) };
  }
}

/** What an output is declared to be it is made: each of its attributes is converted. */
function readRules(
  toml: Extract<OutputToml, { type: MediaOutput['kind'] }>,
  path: KeyPath,
  problems: ProblemList,
): MediaOutput['rules'] {
  const attributes = Object.entries(toml).map(([key, value]) => [key, convertedRule(key, value)]);
  const kind = toml.type === 'image_list' ? 'image' : toml.type;
  const tables = Object.fromEntries(attributes) as MediaAttributesToml;
  return readMediaRules({ kind, toml: tables, autoConvert: true, allowed: {} }, path, problems);
}

function convertedRule(key: string, value: unknown): unknown {
  if ((key === 'format' || key === 'color_space') && typeof value === 'string') {
    return { supported: [value], default: value, auto_convert: true } satisfies WordRuleToml;
  }
  return typeof value === 'object' && value !== null ? { ...value, auto_convert: true } : value;
}
