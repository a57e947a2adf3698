export interface JsonFault {
  /** From 0, in UTF-16 units. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Where text stops being JSON. V8's own messages do not always say. Undefined when nothing is wrong. */
export function locateJsonFault(text: string): JsonFault | undefined {
  const offset = new JsonScanner(text).faultOffset();
  if (offset === undefined) return undefined;
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', lineStart)) {
    line += 1;
    lineStart = end + 1;
  }
  return { offset, line, column: offset - lineStart + 1 };
}

const space = 0x20;
const quote = 0x22;
const backslash = 0x5c;
const isSpace = (code: number): boolean => code === space || code === 0x0a || code === 0x0d || code === 0x09;

const word = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escape = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;

/** Walks a text once, without recursion: depth is a stack of closing brackets. */
class JsonScanner {
  readonly #text: string;
  readonly #closers: string[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  faultOffset(): number | undefined {
    return this.#value() && this.#rest() ? undefined : this.#at;
  }

  /** After a value: what may follow depends on what is open. */
  #rest(): boolean {
    for (;;) {
      this.#space();
      const closer = this.#closers.at(-1);
      if (closer === undefined) return this.#at === this.#text.length;
      if (this.#eat(closer)) {
        this.#closers.pop();
        continue;
      }
      if (!this.#eat(',')) return false;
      if (!(closer === '}' ? this.#member() : this.#value())) return false;
    }
  }

  /** A scalar, or the opening of a container together with its first leaf. */
  #value(): boolean {
    for (;;) {
      this.#space();
      if (this.#eat('[')) {
        this.#closers.push(']');
        this.#space();
        if (this.#text[this.#at] === ']') return true;
      } else if (this.#eat('{')) {
        this.#closers.push('}');
        this.#space();
        if (this.#text[this.#at] === '}') return true;
        if (!this.#key()) return false;
      } else {
        return this.#text[this.#at] === '"' ? this.#string() : this.#match(word);
      }
    }
  }

  #member(): boolean {
    return this.#key() && this.#value();
  }

  #key(): boolean {
    this.#space();
    if (!this.#string()) return false;
    this.#space();
    return this.#eat(':');
  }

  #string(): boolean {
    if (!this.#eat('"')) return false;
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (code < space) return false;
      this.#at += 1;
      if (code === quote) return true;
      if (code === backslash && !this.#match(escape)) return false;
    }
    return false;
  }

  #space(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
  }

  #eat(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }
}
