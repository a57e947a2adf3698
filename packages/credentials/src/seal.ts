import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { MeshError } from '@infermesh/errors';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/** Nonces that are drawn at once: a draw costs as much as the rest of a seal. */
const drawnNonces = 256;

/** Hides a secret on its way through Redis: AES-256-GCM under a key derived from the pepper (HKDF-SHA256). */
export class Seal {
  readonly #key: Buffer;
  #nonces: Buffer = Buffer.alloc(0);

  constructor(pepper: string) {
    this.#key = Buffer.from(hkdfSync('sha256', pepper, '', 'infermesh sealed texts 1', 32));
  }

  /** base64url of nonce, tag and text. */
  close(text: string): string {
    return this.#close(text, this.#drawNonce());
  }

  /** As `close`, but the same text is always sealed alike: for names that have to stay the same. Who sees two alike knows that. */
  closeAlike(text: string): string {
    // A nonce that depends on all of the text is never used for two texts.
    return this.#close(text, createHmac('sha256', this.#key).update(text, 'utf8').digest().subarray(0, nonceBytes));
  }

  /** Each is used once. */
  #drawNonce(): Buffer {
    if (this.#nonces.length === 0) this.#nonces = randomBytes(nonceBytes * drawnNonces);
    const nonce = this.#nonces.subarray(0, nonceBytes);
    this.#nonces = this.#nonces.subarray(nonceBytes);
    return nonce;
  }

  #close(text: string, nonce: Buffer): string {
    const cipher = createCipheriv(algorithm, this.#key, nonce);
    const hidden = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), hidden]).toString('base64url');
  }

  /** @throws MeshError BAD_REQUEST when it was altered, or sealed under another pepper */
  open(sealed: string): string {
    const bytes = Buffer.from(sealed, 'base64url');
    try {
      const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw new MeshError('BAD_REQUEST', 'a sealed text cannot be opened: do both services have the same pepper?', {
        cause: error,
      });
    }
  }
}
