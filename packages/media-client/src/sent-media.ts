/** Below what the converter keeps used media for. */
const rememberedMs = 60_000;

/** Which transfer holds the bytes of an array, for as long as somebody has that array. */
export class SentMedia {
  readonly #transfers = new WeakMap<Uint8Array, { readonly transferId: string; readonly until: number }>();

  find(bytes: Uint8Array): string | undefined {
    const sent = this.#transfers.get(bytes);
    return sent !== undefined && sent.until > Date.now() ? sent.transferId : undefined;
  }

  remember(bytes: Uint8Array, transferId: string): void {
    this.#transfers.set(bytes, { transferId, until: Date.now() + rememberedMs });
  }
}
