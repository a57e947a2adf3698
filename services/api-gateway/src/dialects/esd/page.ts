import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import type { VersionRules } from './version-rules.js';

/** From 1.5 on lists come in pages: `limit`, and the `last_evaluated_key` of the page before. 1.4 knows neither. */
export function pageQuery({ hasPages }: VersionRules): {
  limit: z.ZodType<number>;
  exclusive_start_key: z.ZodOptional<z.ZodString>;
} {
  const limit = z.coerce.number<string>().int().min(1).max(100).default(10);
  return {
    limit: hasPages ? limit : limit.catch(10),
    exclusive_start_key: z.string().max(1000).optional(),
  };
}

/** Null on the last page; absent in 1.4. */
export const nextKey = z.string().nullable().optional();

export interface PageWish {
  readonly limit: number;
  readonly exclusive_start_key?: string | undefined;
}

/** An opaque key, as DynamoDB's: base64 of JSON. */
export function toPageKey(id: string): string {
  return Buffer.from(JSON.stringify({ id })).toString('base64');
}

/** @throws MeshError BAD_REQUEST for a text that no page has named */
export function readPageKey(key: string): string {
  try {
    return z.object({ id: z.string() }).parse(JSON.parse(Buffer.from(key, 'base64').toString())).id;
  } catch (cause) {
    throw new MeshError('BAD_REQUEST', 'exclusive_start_key is none that a list has given', {
      field: 'exclusive_start_key',
      cause,
    });
  }
}

/**
 * One page of a list. A start that is gone from the list gives an empty page.
 *
 * @throws MeshError BAD_REQUEST for a start that no page has named
 */
export function cutPage<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  { limit, exclusive_start_key: start }: PageWish,
): { readonly items: readonly Item[]; readonly key: string | null } {
  const startId = start === undefined ? undefined : readPageKey(start);
  const index = startId === undefined ? -1 : items.findIndex((item) => idOf(item) === startId);
  const rest = startId !== undefined && index === -1 ? [] : items.slice(index + 1);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, key: rest.length > limit && last !== undefined ? toPageKey(idOf(last)) : null };
}
