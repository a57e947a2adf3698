import { createHash, randomBytes } from 'node:crypto';
import { digestKey } from '@infermesh/credentials';
import type { Sql } from '@infermesh/database';

export interface NewKey {
  readonly id: string;
  /** The raw key: exists here and in the answer, nowhere else. */
  readonly key: string;
}

export interface KeyWish {
  readonly userId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresInSeconds?: number | undefined;
  /** The key that asks: the new one ends with it at the latest. */
  readonly parentKeyId?: string;
}

const secretBytes = 32;
const prefixBytes = 6;

/** What the database keeps of a key: a digest of the digest that travels, so that a stolen dump cannot be replayed. */
export function storedDigest(travelDigest: string): Buffer {
  return createHash('sha256').update(travelDigest).digest();
}

/** `im_<8 characters to tell keys apart>_<43 characters of 256 random bits>`. */
export async function createKeyRow(
  db: Sql,
  pepper: string,
  { userId, name, scopes, expiresInSeconds, parentKeyId }: KeyWish,
): Promise<NewKey> {
  const id = `key_${randomBytes(9).toString('base64url')}`;
  const prefix = `im_${randomBytes(prefixBytes).toString('base64url')}`;
  const key = `${prefix}_${randomBytes(secretBytes).toString('base64url')}`;
  await db.query(
    `INSERT INTO api_key (id, user_id, name, digest, prefix, scopes, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6,
             least(now() + $7 * interval '1 second', (SELECT expires_at FROM api_key WHERE id = $8)))`,
    [
      id,
      userId,
      name,
      storedDigest(digestKey(pepper, key)),
      prefix,
      scopes,
      expiresInSeconds ?? null,
      parentKeyId ?? null,
    ],
  );
  return { id, key };
}
