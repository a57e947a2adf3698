import { colorSpaces, mediaFormats } from '../schema/media-schema.js';
import type { MediaAttributesToml, NumberRuleToml, SizeRuleToml, WordRuleToml } from '../schema/media-schema.js';
import { oneOf } from '../problems/explain-issue.js';
import type { KeyPath } from '../problems/key-text.js';
import type { ProblemList } from '../problems/problem-list.js';
import {
  attributeNames,
  canonicalWord,
  isSameSize,
  numberAttributes,
  wordAttributes,
  type AllowedMedia,
  type MediaKind,
  type MediaRules,
  type NumberRule,
  type Size,
  type SizeRule,
  type WordRule,
} from './media-rules.js';
import { findBreaches, type NumberLimits } from './number-limits.js';
import { checkLimits, mergeLimitNames } from './read-limits.js';

interface MediaRulesSource {
  readonly kind: MediaKind;
  readonly toml: MediaAttributesToml;
  /** Of the parameter: what its attributes do that do not say for themselves. */
  readonly autoConvert: boolean;
  readonly allowed: AllowedMedia;
}

export function readMediaRules(source: MediaRulesSource, path: KeyPath, problems: ProblemList): MediaRules {
  const { kind, toml, autoConvert, allowed } = source;
  const reader = new RuleReader(kind, autoConvert, problems);
  const tables = toml as Readonly<Record<string, unknown>>;
  const words = wordAttributes
    .map((attribute) => ({ attribute, key: attributeNames[attribute] }))
    .filter(({ key }) => tables[key] !== undefined)
    .map(({ attribute, key }) => [attribute, reader.word(key, tables[key] as WordRuleToml, [...path, key])]);
  const numbers = numberAttributes
    .map((attribute) => ({ attribute, key: attributeNames[attribute] }))
    .filter(({ key }) => tables[key] !== undefined)
    .map(({ attribute, key }) => [attribute, reader.number(tables[key] as NumberRuleToml, [...path, key])]);
  return {
    kind,
    words: Object.fromEntries(words) as MediaRules['words'],
    numbers: Object.fromEntries(numbers) as MediaRules['numbers'],
    size: toml.size === undefined ? null : reader.size(toml.size, [...path, 'size']),
    resizeMethod: toml.resize_method ?? 'scale',
    checkConversion: toml.check_conversion ?? true,
    inputTempFile: toml.input_temp_file ?? 'auto',
    outputTempFile: toml.output_temp_file ?? 'auto',
    allowed,
  };
}

class RuleReader {
  readonly #kind: MediaKind;
  readonly #autoConvert: boolean;
  readonly #problems: ProblemList;

  constructor(kind: MediaKind, autoConvert: boolean, problems: ProblemList) {
    this.#kind = kind;
    this.#autoConvert = autoConvert;
    this.#problems = problems;
  }

  word(key: string, toml: WordRuleToml, path: KeyPath): WordRule {
    const known = this.#knownWords(key);
    const check = (word: string, at: KeyPath): string => {
      const canonical = canonicalWord(word);
      if (known?.includes(canonical) === false) this.#problems.mistake(at, `must be ${oneOf(known)}, is "${word}"`);
      return canonical;
    };
    const supported = toml.supported?.map((word, index) => check(word, [...path, 'supported', index])) ?? null;
    const defaultValue = toml.default === undefined ? null : check(toml.default, [...path, 'default']);
    if (defaultValue !== null && supported?.includes(defaultValue) === false) {
      this.#problems.mistake([...path, 'default'], `must be one of supported: ${oneOf(supported)}`);
    }
    return { supported, defaultValue, autoConvert: toml.auto_convert ?? this.#autoConvert };
  }

  number(toml: NumberRuleToml, path: KeyPath): NumberRule {
    const limits = readLimits(toml, path, this.#problems);
    const supported = toml.supported ?? null;
    const defaultValue = toml.default ?? null;
    if (defaultValue !== null && supported?.includes(defaultValue) === false) {
      this.#problems.mistake([...path, 'default'], `must be one of supported: ${oneOf(supported)}`);
    } else if (defaultValue !== null && findBreaches(defaultValue, limits).length > 0) {
      this.#problems.mistake([...path, 'default'], 'must keep to min, max and align');
    }
    return { ...limits, supported, defaultValue, autoConvert: toml.auto_convert ?? this.#autoConvert };
  }

  size(toml: SizeRuleToml, path: KeyPath): SizeRule {
    const { min, max, align } = mergeLimitNames(toml, path, this.#problems);
    const side = (index: 0 | 1): NumberLimits => ({
      min: sideOf(min, index),
      max: sideOf(max, index),
      align: sideOf(align, index),
    });
    const [width, height] = [side(0), side(1)];
    checkLimits(width, path, this.#problems);
    if (JSON.stringify(height) !== JSON.stringify(width)) checkLimits(height, path, this.#problems);
    const supported = toml.supported ?? null;
    const defaultValue = toml.default ?? null;
    if (defaultValue !== null && supported?.some((size) => isSameSize(size, defaultValue)) === false) {
      this.#problems.mistake([...path, 'default'], 'must be one of supported');
    }
    const autoConvert = toml.auto_convert ?? this.#autoConvert;
    return { supported, defaultValue, autoConvert, width, height, keepAspectRatio: toml.keep_aspect_ratio ?? false };
  }

  #knownWords(key: string): readonly string[] | null {
    if (key === 'format') return mediaFormats[this.#kind];
    return key === 'color_space' ? colorSpaces : null;
  }
}

function readLimits(toml: NumberRuleToml, path: KeyPath, problems: ProblemList): NumberLimits {
  const limits = mergeLimitNames(toml, path, problems);
  checkLimits(limits, path, problems);
  return { ...limits, align: limits.align === 0 ? null : limits.align };
}

function sideOf(limit: number | Size | null, index: 0 | 1): number | null {
  return typeof limit === 'number' || limit === null ? limit : limit[index];
}
