import type { z } from 'zod';
import type { AnswerBody, AnswerHeaders } from './answer.js';

/** An answer that is no JSON value, or none at all. */
export interface OtherAnswer {
  readonly kind: 'empty' | 'media';
  /** For the document: `text/event-stream`, `image/png`. */
  readonly mediaType?: string;
  /** For the document: what an API that ours imitates says of its empty answers. */
  readonly schema?: z.ZodType;
}

/** Of one status: the schema of its JSON value, `emptyDocs()` or `mediaDocs('image/png')`. */
export type AnswerDoc = z.ZodType | OtherAnswer;

export type AnswerDocs = Readonly<Record<number, AnswerDoc>>;

export function emptyDocs(schema?: z.ZodType): { readonly kind: 'empty'; readonly schema?: z.ZodType } {
  return { kind: 'empty', ...(schema === undefined ? {} : { schema }) };
}

export function mediaDocs(mediaType: string): { readonly kind: 'media'; readonly mediaType: string } {
  return { kind: 'media', mediaType };
}

interface AnswerWith<Status, Body> {
  readonly status: Status;
  readonly headers?: AnswerHeaders;
  readonly body?: Body;
}

type OtherBody = Exclude<AnswerBody, { kind: 'json' }>;

/** The answers that fit the docs. */
export type AnswerOf<Docs extends AnswerDocs> = {
  [Status in keyof Docs]: Docs[Status] extends z.ZodType
    ? AnswerWith<Status, { readonly kind: 'json'; readonly value: z.input<Docs[Status]> }>
    : AnswerWith<Status, Docs[Status] extends { readonly kind: 'empty' } ? never : OtherBody>;
}[keyof Docs];

export function isSchema(doc: AnswerDoc): doc is z.ZodType {
  return '_zod' in doc;
}
