import type { JsonValue } from './json-value.js';
import type { MediaKind, MediaRules } from './media-rules.js';
import type { NumberLimits } from './number-limits.js';

interface InputBase {
  readonly name: string;
  readonly required: boolean;
  readonly autoConvert: boolean;
  /** What a request without the parameter gets; undefined is nothing. */
  readonly defaultValue: JsonValue | undefined;
  readonly description: string | null;
}

export interface NumberInput extends InputBase, NumberLimits {
  readonly kind: 'integer' | 'float';
}

export interface StringInput extends InputBase {
  readonly kind: 'string';
  /** In Unicode code points. */
  readonly maxLength: number | null;
}

export interface PlainInput extends InputBase {
  readonly kind: 'boolean' | 'json' | 'text_context';
}

export type Scalar = string | number | boolean;

export interface SelectionInput extends InputBase {
  readonly kind: 'selection';
  /** One at least. */
  readonly supported: readonly Scalar[];
  readonly defaultValue: Scalar | undefined;
}

export interface MediaInput extends InputBase {
  readonly kind: MediaKind;
  readonly rules: MediaRules;
}

export interface ImageListInput extends InputBase {
  readonly kind: 'image_list';
  readonly rules: MediaRules;
}

export interface ChatContextInput extends InputBase {
  readonly kind: 'chat_context';
  /** The media that a message may hold. */
  readonly media: ReadonlyMap<MediaKind, MediaRules>;
}

export type InputDefinition =
  NumberInput | StringInput | PlainInput | SelectionInput | MediaInput | ImageListInput | ChatContextInput;
