import {
  type MediaRules,
  type NumberAttribute,
  type NumberRule,
  type Size,
  type WordAttribute,
  type WordRule,
  attributeNames,
  canonicalWord,
  decodedColorSpace,
  isSameSize,
} from '../definition/media-rules.js';
import { findBreaches, fitNumber } from '../definition/number-limits.js';
import { fitSize } from './fit-size.js';
import type { MediaAttributes, MediaTarget } from './media-converter.js';

/** What has to happen to a medium before it meets its rules. */
export interface MediaPlan {
  /** Why it is refused; empty when it is not. */
  readonly errors: readonly string[];
  /** Null: it meets them as it is. Of no meaning beside errors. */
  readonly target: MediaTarget | null;
}

/** Compares measured attributes with rules. What could not be measured is not held against any rule. */
export function planMedia(attributes: MediaAttributes, rules: MediaRules): MediaPlan {
  const planner = new Planner(attributes, rules);
  return planner.plan();
}

const uncompressed: ReadonlySet<string> = new Set(['wav', 'flac']);
class Planner {
  readonly #attributes: MediaAttributes;
  readonly #rules: MediaRules;
  readonly #errors: string[] = [];
  #isChanged = false;

  constructor(attributes: MediaAttributes, rules: MediaRules) {
    this.#attributes = attributes;
    this.#rules = rules;
  }

  plan(): MediaPlan {
    this.#checkAllowed();
    const format = this.#planWord('format', this.#attributes.formats) ?? this.#attributes.formats[0];
    const isUncompressed = uncompressed.has(format);
    const wished = {
      colorSpace: this.#planWord('colorSpace', asList(this.#attributes.colorSpace)),
      audioCodec: this.#planWord('audioCodec', asList(this.#attributes.audioCodec)),
      videoCodec: this.#planWord('videoCodec', asList(this.#attributes.videoCodec)),
      size: this.#planSize(),
      sampleRateHz: this.#planNumber('sampleRateHz'),
      // Compressed audio has no samples to count the bits of, and uncompressed no bit rate to choose.
      sampleBitDepth: isUncompressed || this.#rules.kind !== 'audio' ? this.#planNumber('sampleBitDepth') : null,
      audioBitRate: isUncompressed ? null : this.#planNumber('audioBitRate'),
      videoBitRate: this.#planNumber('videoBitRate'),
      channels: this.#planNumber('channels'),
      maxDurationSeconds: this.#planDuration(),
    };
    const { kind, resizeMethod, inputTempFile, outputTempFile } = this.#rules;
    const target = { kind, format, ...wished, resizeMethod, inputTempFile, outputTempFile };
    return { errors: this.#errors, target: this.#isChanged ? target : null };
  }

  #checkAllowed(): void {
    for (const [attribute, allowed] of Object.entries(this.#rules.allowed)) {
      const name = attribute as keyof MediaRules['allowed'];
      const actual: readonly (string | number | null)[] =
        name === 'format' ? this.#attributes.formats : [this.#attributes[name]];
      const isKnown = actual.some((value) => value !== null);
      if (isKnown && !actual.some((value) => value !== null && allowed.includes(value))) {
        this.#errors.push(
          `the ${attributeNames[name]} ${actual.join(', ')} is not among what this server takes: ${list(allowed)}`,
        );
      }
    }
  }

  /** @returns what to ask the converter for; null when the attribute may stay */
  #planWord(attribute: WordAttribute, actual: readonly string[]): string | null {
    const rule = this.#rules.words[attribute];
    if (rule?.supported === undefined || rule.supported === null) return null;
    const { supported } = rule;
    if (actual.length === 0) return wordFallback(rule);
    const meaning = attribute === 'colorSpace' ? decodedColorSpace : (word: string) => word;
    const isMet = (word: string): boolean => supported.some((one) => meaning(one) === meaning(canonicalWord(word)));
    if (actual.some(isMet)) return null;
    if (!rule.autoConvert) {
      this.#errors.push(
        `the ${attributeNames[attribute]} ${actual[0] ?? ''} is not supported, expected is ${list(supported)}`,
      );
      return null;
    }
    this.#isChanged = true;
    return wordFallback(rule);
  }

  #planNumber(attribute: Exclude<NumberAttribute, 'durationSeconds'>): number | null {
    const rule = this.#rules.numbers[attribute];
    const actual = this.#attributes[attribute];
    if (rule === undefined) return null;
    if (actual === null) return rule.defaultValue ?? rule.supported?.[0] ?? null;
    return this.#fitNumber(attributeNames[attribute], actual, rule);
  }

  /** A recording can be cut and not be drawn out. Compared in whole seconds, as encoders add fractions of one. */
  #planDuration(): number | null {
    const rule = this.#rules.numbers.durationSeconds;
    const { durationSeconds } = this.#attributes;
    if (rule === undefined || durationSeconds === null) return null;
    const actual = Math.round(durationSeconds);
    const wanted = this.#fitNumber('duration', actual, rule);
    if (wanted === null || wanted <= actual) return wanted;
    this.#errors.push(`the duration of ${actual} s is too short, expected is ${wanted} s`);
    return null;
  }

  #fitNumber(name: string, actual: number, rule: NumberRule): number | null {
    const isSupported = rule.supported?.includes(actual) ?? true;
    if (isSupported && findBreaches(actual, rule).length === 0) return null;
    const wanted = isSupported ? fitNumber(actual, rule) : (rule.defaultValue ?? rule.supported?.[0] ?? null);
    if (rule.autoConvert && wanted !== null) {
      this.#isChanged = true;
      return wanted;
    }
    this.#errors.push(`the ${name} ${actual} is not allowed, expected is ${describeNumbers(rule)}`);
    return null;
  }

  #planSize(): Size | null {
    const { size: rule, resizeMethod } = this.#rules;
    const { size } = this.#attributes;
    if (rule === null || size === null) return null;
    const isSupported = rule.supported?.some((one) => isSameSize(one, size)) ?? true;
    const breaches = [...findBreaches(size[0], rule.width), ...findBreaches(size[1], rule.height)];
    if (isSupported && breaches.length === 0) return null;
    const wanted = isSupported
      ? fitSize(size, rule, rule.keepAspectRatio && resizeMethod === 'scale')
      : (rule.defaultValue ?? rule.supported?.[0] ?? null);
    if (rule.autoConvert && wanted !== null) {
      this.#isChanged = true;
      return wanted;
    }
    this.#errors.push(`the size ${size.join('x')} is not allowed, expected is ${this.#describeSize()}`);
    return null;
  }

  #describeSize(): string {
    const rule = this.#rules.size;
    if (rule === null) return '';
    if (rule.supported !== null) return rule.supported.map((size) => size.join('x')).join(', ');
    return `a width ${describeNumbers(rule.width)} and a height ${describeNumbers(rule.height)}`;
  }
}

function describeNumbers(
  limits: Omit<NumberRule, 'supported' | 'defaultValue' | 'autoConvert'> & Partial<NumberRule>,
): string {
  const { supported = null, min, max, align } = limits;
  const parts = [
    ...(supported === null ? [] : [list(supported)]),
    ...(min === null ? [] : [`at least ${min}`]),
    ...(max === null ? [] : [`at most ${max}`]),
    ...(align === null ? [] : [`a multiple of ${align}`]),
  ];
  return parts.join(' and ');
}

function wordFallback({ defaultValue, supported }: WordRule): string | null {
  return defaultValue ?? supported?.[0] ?? null;
}

function asList(word: string | null): readonly string[] {
  return word === null ? [] : [word];
}

function list(values: readonly (string | number)[]): string {
  return values.join(', ');
}
