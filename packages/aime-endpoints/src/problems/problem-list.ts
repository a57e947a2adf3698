import type { ConfigProblem, TextPosition } from './config-problem.js';
import { keyText, type KeyPath } from './key-text.js';

/** More than anybody reads. */
const maxProblems = 200;

/** Gathers what is wrong in one file, so that all of it is reported at once. */
export class ProblemList {
  readonly #file: string;
  readonly #positionOf: (path: KeyPath) => TextPosition;
  readonly #problems: ConfigProblem[] = [];
  #leftOut = 0;
  #hasMistakes = false;

  constructor(file: string, positionOf: (path: KeyPath) => TextPosition) {
    this.#file = file;
    this.#positionOf = positionOf;
  }

  mistake(path: KeyPath, message: string): void {
    this.#add('mistake', path, message);
  }

  warning(path: KeyPath, message: string): void {
    this.#add('warning', path, message);
  }

  /** In the order of the file. */
  all(): readonly ConfigProblem[] {
    const sorted = this.#problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const last = sorted.at(-1);
    if (last === undefined || this.#leftOut === 0) return sorted;
    const severity = this.#hasMistakes ? 'mistake' : 'warning';
    return [...sorted, { ...last, severity, key: '', message: `and ${this.#leftOut} more problems in this file` }];
  }

  get hasMistakes(): boolean {
    return this.#hasMistakes;
  }

  /** What comes now is counted and no longer shown; its message need not be made. */
  get isFull(): boolean {
    return this.#problems.length >= maxProblems;
  }

  #add(severity: ConfigProblem['severity'], path: KeyPath, message: string): void {
    this.#hasMistakes ||= severity === 'mistake';
    if (this.isFull) this.#leftOut += 1;
    else this.#problems.push({ severity, file: this.#file, ...this.#positionOf(path), key: keyText(path), message });
  }
}
