import { MeshError } from '@infermesh/errors';
import {
  attributeNames,
  canonicalWord,
  decodedColorSpace,
  isSameSize,
  type MediaRules,
} from '../definition/media-rules.js';
import { decodeLongDataUrl } from '../media/decode-data-url.js';
import type { ConvertedMedia, MediaAttributes, MediaConverter, MediaTarget } from '../media/media-converter.js';
import { MediaValue } from '../media/media-value.js';
import { planMedia } from '../media/plan-media.js';
import { accepted, refused, type Checked } from './checked.js';
import { shownValue, typeNameOf } from './type-names.js';

/** A medium that was measured and may pass; what has to be done to it waits until the whole request may pass. */
export interface MeasuredMedia {
  readonly bytes: Uint8Array;
  readonly attributes: MediaAttributes;
  readonly rules: MediaRules;
  /** Null: it passes as it is. */
  readonly target: MediaTarget | null;
}

const aboutTheBytes: ReadonlySet<string> = new Set(['MEDIA_INVALID', 'MEDIA_TOO_LARGE', 'PAYLOAD_TOO_LARGE']);

/** Decodes, measures and converts the media of one request. */
export class MediaChecker {
  readonly #converter: MediaConverter;
  readonly #maxBytes: number;
  readonly #signal: AbortSignal;

  constructor(converter: MediaConverter, maxBytes: number, signal: AbortSignal) {
    this.#converter = converter;
    this.#maxBytes = maxBytes;
    this.#signal = signal;
  }

  /** Reads a data URL and holds what it holds against the rules. Converts nothing. */
  async measure(value: unknown, rules: MediaRules): Promise<Checked<MeasuredMedia>> {
    if (typeof value !== 'string') {
      return refused(
        `the value ${shownValue(value)} has the type ${typeNameOf(value)}, expected is str with a data URL`,
      );
    }
    const decoded = await decodeLongDataUrl(value, this.#maxBytes, this.#signal);
    if (!decoded.ok) return decoded;
    const { bytes, statedType } = decoded.value;
    const probed = await this.#probe(bytes, rules, false);
    if (!probed.ok) return withStatedType(probed, statedType);
    if (probed.value.kind !== rules.kind) return refused(kindText(probed.value, rules, statedType));
    const { errors, target } = planMedia(probed.value, rules);
    return errors.length > 0 ? refused(...errors) : accepted({ bytes, attributes: probed.value, rules, target });
  }

  /** @returns the medium, with what the conversion did not bring about when the rules ask for that check */
  async convert({ bytes, attributes, rules, target }: MeasuredMedia): Promise<Checked<FinishedMedia>> {
    if (target === null) {
      const whole = await this.#probe(bytes, rules, true);
      return whole.ok ? accepted({ media: new MediaValue(bytes, attributes, false), differences: [] }) : whole;
    }
    const converted = await this.#attempt(() => this.#converter.convert(bytes, target, this.#signal));
    if (!converted.ok) return converted;
    const media = new MediaValue(converted.value.bytes, converted.value.attributes, true);
    return accepted({ media, differences: rules.checkConversion ? findDifferences(converted.value, target) : [] });
  }

  #probe(bytes: Uint8Array, rules: MediaRules, decode: boolean): Promise<Checked<MediaAttributes>> {
    const hint = { expectedKind: rules.kind, inputTempFile: rules.inputTempFile, decode };
    return this.#attempt(() => this.#converter.probe(bytes, hint, this.#signal));
  }

  async #attempt<Value>(action: () => Promise<Value>): Promise<Checked<Value>> {
    try {
      return accepted(await action());
    } catch (error) {
      if (error instanceof MeshError && aboutTheBytes.has(error.code)) return refused(error.message);
      throw error;
    }
  }
}

export interface FinishedMedia {
  readonly media: MediaValue;
  readonly differences: readonly string[];
}

function withStatedType(checked: Checked<never>, statedType: string): Checked<never> {
  if (checked.ok || statedType === '') return checked;
  return refused(...checked.errors.map((error) => `${error} (the data URL says ${statedType})`));
}

function kindText({ kind, formats }: MediaAttributes, rules: MediaRules, statedType: string): string {
  const said = statedType === '' || statedType.startsWith(`${kind}/`) ? '' : `, though the data URL says ${statedType}`;
  return `the data is ${kind}/${formats[0]}${said}; expected is ${rules.kind}`;
}

/** What an encoder has to hit; near a bit rate and a duration it only comes. */
const exactAttributes = ['sampleRateHz', 'sampleBitDepth', 'channels'] as const;

/** Attributes that a conversion was asked for and did not give. */
function findDifferences({ attributes }: ConvertedMedia, target: MediaTarget): readonly string[] {
  const differences = exactAttributes
    .filter((name) => target[name] !== null && attributes[name] !== null && target[name] !== attributes[name])
    .map((name) => differenceText(attributeNames[name], attributes[name], target[name]));
  const { formats, size, colorSpace } = attributes;
  if (colorSpace !== null && target.colorSpace !== null) {
    if (decodedColorSpace(colorSpace) !== decodedColorSpace(target.colorSpace)) {
      differences.push(differenceText('color_space', colorSpace, target.colorSpace));
    }
  }
  if (!formats.some((format) => canonicalWord(format) === target.format)) {
    differences.push(differenceText('format', formats[0], target.format));
  }
  if (size !== null && target.size !== null && !isSameSize(size, target.size)) {
    differences.push(differenceText('size', size.join('x'), target.size.join('x')));
  }
  return differences;
}

function differenceText(name: string, actual: string | number | null, wanted: string | number | null): string {
  return `${name} is ${actual ?? 'unknown'} and should be ${wanted ?? 'any'}`;
}
