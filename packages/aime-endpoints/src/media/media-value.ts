import type { JsonValue } from '../definition/json-value.js';
import type { MediaAttributes } from './media-converter.js';

/** A picture, a recording or a film among the parameters of a job, as it is now: after the conversion, if there was one. */
export class MediaValue {
  readonly bytes: Uint8Array;
  readonly attributes: MediaAttributes;
  /** False: these are the bytes that the client sent. */
  readonly isConverted: boolean;

  constructor(bytes: Uint8Array, attributes: MediaAttributes, isConverted: boolean) {
    this.bytes = bytes;
    this.attributes = attributes;
    this.isConverted = isConverted;
  }

  /** Kind and format as measured, such as `image/jpeg`; never what the client called it. */
  get mediaType(): string {
    return `${this.attributes.kind}/${this.attributes.formats[0]}`;
  }

  /** With canonical, padded base64. */
  toDataUrl(): string {
    const { buffer, byteOffset, byteLength } = this.bytes;
    return `data:${this.mediaType};base64,${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}`;
  }
}

/** A parameter of a job: JSON with media at any place. */
export type ParameterValue =
  | string
  | number
  | boolean
  | null
  | MediaValue
  | readonly ParameterValue[]
  | { readonly [key: string]: ParameterValue };

/** The value as JSON, with what `writeMedia` makes of each medium in it; by default its data URL. */
export function parameterToJson(
  value: ParameterValue,
  writeMedia: (media: MediaValue) => JsonValue = (media) => media.toDataUrl(),
): JsonValue {
  if (value instanceof MediaValue) return writeMedia(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((element) => parameterToJson(element, writeMedia));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, parameterToJson(part, writeMedia)]));
}

function isList(value: ParameterValue): value is readonly ParameterValue[] {
  return Array.isArray(value);
}
