import { isDate } from 'node:util/types';
import { parseTOML, type AST } from 'toml-eslint-parser';
import type { TextPosition } from '../problems/config-problem.js';
import type { KeyPath } from '../problems/key-text.js';

export type TomlValue = string | number | boolean | Date | TomlValue[] | { [key: string]: TomlValue };
export type TomlTable = Record<string, TomlValue>;

/** A parsed file that knows where each of its keys stands. */
export interface TomlDocument {
  readonly value: TomlTable;
  /** Of the key itself; for a key that is missing, of the innermost table that would hold it. */
  readonly positionOf: (path: KeyPath) => TextPosition;
}

/** The text is no TOML. */
export class TomlSyntaxError extends Error {
  override readonly name = 'TomlSyntaxError';
  readonly position: TextPosition;

  constructor(message: string, position: TextPosition, options?: ErrorOptions) {
    super(message, options);
    this.position = position;
  }
}

/** Each position is kept with its whole path, so paths may not grow without end. */
const maxDepth = 32;

const start: TextPosition = { line: 1, column: 1 };

/**
 * Reads TOML 1.0. An integer beyond 2^53 is rounded, as all numbers of JavaScript are.
 *
 * @throws TomlSyntaxError at the first thing that is no TOML; also for a key named `__proto__`, and for nesting too deep to follow
 */
export function parseToml(text: string): TomlDocument {
  try {
    return new DocumentReader().read(parseTOML(text.replace(/^\uFEFF/u, ''), { tomlVersion: '1.0' }).body[0]);
  } catch (error) {
    throw asSyntaxError(error);
  }
}

function asSyntaxError(error: unknown): unknown {
  if (error instanceof TomlSyntaxError) return error;
  // The parser walks nested values, and the characters of one text, on the stack.
  if (error instanceof RangeError) {
    return new TomlSyntaxError('a value is nested too deeply or too long to be read', start, { cause: error });
  }
  if (!(error instanceof SyntaxError) || !('lineNumber' in error) || !('column' in error)) return error;
  const position = { line: Number(error.lineNumber), column: Number(error.column) + 1 };
  return new TomlSyntaxError(`not valid TOML: ${error.message}`, position, { cause: error });
}

/** Builds values and notes positions in one walk over the syntax tree. */
class DocumentReader {
  readonly #root: TomlTable = {};
  readonly #positions = new Map<string, TextPosition>();

  read(body: AST.TOMLTopLevelTable): TomlDocument {
    for (const node of body.body) {
      if (node.type === 'TOMLTable') this.#readTable(node);
      else this.#readKeyValue(node, this.#root, []);
    }
    return { value: this.#root, positionOf: (path) => this.#positionOf(path) };
  }

  #readTable(node: AST.TOMLTable): void {
    const table = this.#enter(this.#root, [], node.resolvedKey, node.key.keys);
    for (const pair of node.body) this.#readKeyValue(pair, table, node.resolvedKey);
  }

  #readKeyValue(node: AST.TOMLKeyValue, table: TomlTable, path: KeyPath): void {
    const names = node.key.keys.map(nameOf);
    const holder = this.#enter(table, path, names.slice(0, -1), node.key.keys);
    const last = names.at(-1) ?? '';
    const fullPath = [...path, ...names];
    this.#note(fullPath, node.key.keys.at(-1) ?? node.key);
    holder[last] = this.#readValue(node.value, fullPath);
  }

  /** Walks down by `steps` from `table`, making the tables and arrays that are not there yet. */
  #enter(table: TomlTable, path: KeyPath, steps: KeyPath, keys: readonly (AST.TOMLBare | AST.TOMLQuoted)[]): TomlTable {
    let current: TomlTable | TomlValue[] = table;
    let passed = path;
    let keyIndex = 0;
    for (const [index, step] of steps.entries()) {
      passed = [...passed, step];
      const key = keys[typeof step === 'string' ? keyIndex : keyIndex - 1];
      if (typeof step === 'string') keyIndex += 1;
      if (key !== undefined) this.#note(passed, key);
      current = child(current, step, typeof steps[index + 1] === 'number');
    }
    if (Array.isArray(current)) throw new TypeError('a path of tables ended at an array');
    return current;
  }

  #readValue(node: AST.TOMLContentNode, path: KeyPath): TomlValue {
    switch (node.type) {
      case 'TOMLArray':
        return node.elements.map((element, index) => {
          this.#note([...path, index], element);
          return this.#readValue(element, [...path, index]);
        });
      case 'TOMLInlineTable': {
        const table: TomlTable = {};
        for (const pair of node.body) this.#readKeyValue(pair, table, path);
        return table;
      }
      case 'TOMLValue':
        return node.value;
    }
  }

  #note(path: KeyPath, { loc }: AST.TOMLNode): void {
    if (path.length > maxDepth) throw new TomlSyntaxError(`tables are nested more than ${maxDepth} deep`, fromLoc(loc));
    const key = JSON.stringify(path);
    if (path.includes('__proto__')) throw new TomlSyntaxError('no key may be named __proto__', fromLoc(loc));
    if (!this.#positions.has(key)) this.#positions.set(key, fromLoc(loc));
  }

  #positionOf(path: KeyPath): TextPosition {
    for (let length = path.length; length > 0; length -= 1) {
      const position = this.#positions.get(JSON.stringify(path.slice(0, length)));
      if (position !== undefined) return position;
    }
    return start;
  }
}

function child(holder: TomlTable | TomlValue[], step: string | number, isArray: boolean): TomlTable | TomlValue[] {
  const map = holder as Record<string | number, TomlValue>;
  const found = Object.hasOwn(map, step) ? map[step] : undefined;
  if (typeof found === 'object' && !isDate(found)) return found;
  const made: TomlTable | TomlValue[] = isArray ? [] : {};
  map[step] = made;
  return made;
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

function fromLoc({ start: { line, column } }: AST.SourceLocation): TextPosition {
  return { line, column: column + 1 };
}
