import type { WireMessage } from './message-reader.js';

/**
 * Keeps the prepared statements of clients apart that share one session: each name gets its client's prefix on the way in.
 * Answers never repeat names, so nothing has to change on the way out.
 */
export class StatementNames {
  readonly #prefix: Buffer;
  /** As the session knows them. */
  readonly #prepared = new Set<string>();

  /** @param client its number, unlike any other client's */
  constructor(client: number) {
    this.#prefix = Buffer.from(`c${String(client)}.`);
  }

  /** The message with the statement's name in the session; the unnamed statement and portals stay as they are. */
  rename({ type, bytes }: WireMessage): Buffer {
    const at = namePosition(type, bytes);
    if (at === undefined || bytes[at] === 0) return bytes;
    const renamed = Buffer.concat([bytes.subarray(0, at), this.#prefix, bytes.subarray(at)]);
    renamed.writeInt32BE(renamed.length - 1, 1);
    if (type === 'P') this.#prepared.add(textAt(renamed, at));
    return renamed;
  }

  /** What a client that left would have said to free its statements; undefined when it has none. */
  closeAll(): Buffer | undefined {
    if (this.#prepared.size === 0) return undefined;
    const closes = [...this.#prepared].map((name) => typedMessage('C', `S${name}\0`));
    return Buffer.concat([...closes, typedMessage('S')]);
  }
}

/** Where the name of a statement begins in a message that has one. */
function namePosition(type: string, bytes: Buffer): number | undefined {
  if (type === 'P') return 5;
  if (type === 'B') return bytes.indexOf(0, 5) + 1; // after the portal's name
  const isAboutStatement = (type === 'D' || type === 'C') && bytes[5] === 'S'.charCodeAt(0);
  return isAboutStatement ? 6 : undefined;
}

function textAt(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at, bytes.indexOf(0, at));
}

/** A message of the protocol that has a letter: letter, length, body. */
export function typedMessage(type: string, body = ''): Buffer {
  const text = Buffer.from(body);
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([header, text]);
}
