import type { MediaRules } from './media-rules.js';

export interface PlainOutput {
  readonly name: string;
  readonly kind: 'string' | 'integer' | 'float' | 'boolean' | 'json';
  readonly description: string | null;
}

export interface MediaOutput {
  readonly name: string;
  readonly kind: 'image' | 'image_list' | 'audio' | 'video';
  readonly description: string | null;
  /** What the media is converted to, where it differs. */
  readonly rules: MediaRules;
}

export type OutputDefinition = PlainOutput | MediaOutput;
