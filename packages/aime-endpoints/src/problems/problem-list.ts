import type { ConfigProblem, TextPosition } from './config-problem.js';
import { keyText, type KeyPath } from './key-text.js';

/** Gathers what is wrong in one file, so that all of it is reported at once. */
export class ProblemList {
  readonly #file: string;
  readonly #positionOf: (path: KeyPath) => TextPosition;
  readonly #problems: ConfigProblem[] = [];

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
    return this.#problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  get hasMistakes(): boolean {
    return this.#problems.some(({ severity }) => severity === 'mistake');
  }

  #add(severity: ConfigProblem['severity'], path: KeyPath, message: string): void {
    this.#problems.push({ severity, file: this.#file, ...this.#positionOf(path), key: keyText(path), message });
  }
}
