const sslRequest = 80_877_103;
const gssRequest = 80_877_104;
const cancelRequest = 80_877_102;

/** No message of ours comes near it; the WebAssembly heap could not take much more. */
const maxMessageBytes = 256 * 1024 * 1024;

export interface WireMessage {
  /** `startup`, `encrypt` (a request for TLS or GSS), `cancel`, or the letter of a typed message, such as `Q`. */
  readonly type: string;
  /** The whole message, header included. */
  readonly bytes: Buffer;
}

/**
 * Cuts what a Postgres client sends into messages.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class MessageReader {
  #chunks: Buffer[] = [];
  #length = 0;
  #started = false;

  /** @throws RangeError when a length field is absurd: the connection cannot be read any further */
  read(chunk: Buffer): WireMessage[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: WireMessage[] = [];
    for (let message = this.#next(); message !== undefined; message = this.#next()) messages.push(message);
    return messages;
  }

  #next(): WireMessage | undefined {
    // untyped until the startup message has come: 4 bytes of length, 4 of code; then 1 byte of type, 4 of length
    const headerBytes = this.#started ? 5 : 8;
    if (this.#length < headerBytes) return undefined;
    const header = this.#peek(headerBytes);
    const totalBytes = this.#started ? header.readInt32BE(1) + 1 : header.readInt32BE(0);
    if (totalBytes < headerBytes || totalBytes > maxMessageBytes)
      throw new RangeError(`a message of ${String(totalBytes)} bytes`);
    if (this.#length < totalBytes) return undefined;
    const type = this.#started ? header.toString('latin1', 0, 1) : untypedName(header.readInt32BE(4));
    if (type === 'startup') this.#started = true;
    return { type, bytes: this.#take(totalBytes) };
  }

  #peek(bytes: number): Buffer {
    const [first] = this.#chunks;
    return first !== undefined && first.length >= bytes ? first : this.#join();
  }

  #take(bytes: number): Buffer {
    const joined = this.#peek(bytes);
    this.#chunks = [joined.subarray(bytes), ...this.#chunks.slice(1)];
    this.#length -= bytes;
    return joined.subarray(0, bytes);
  }

  #join(): Buffer {
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}

function untypedName(code: number): string {
  if (code === sslRequest || code === gssRequest) return 'encrypt';
  return code === cancelRequest ? 'cancel' : 'startup';
}
