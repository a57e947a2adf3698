import { MeshError } from '@infermesh/errors';

/** Where something stands in a file. Lines and columns count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Something to correct in a configuration file. A file with a mistake is not used; one with warnings is. */
export interface ConfigProblem extends TextPosition {
  readonly severity: 'mistake' | 'warning';
  /** The path as it was given by whoever had the file read. */
  readonly file: string;
  /** The key with the sections that it stands in, such as `INPUTS.seed.max`; empty when the file as a whole is meant. */
  readonly key: string;
  /** What is wrong, and what is allowed. */
  readonly message: string;
}

/** One line: `file:line:column: key: message`, as editors and build tools read it. */
export function formatProblem({ severity, file, line, column, key, message }: ConfigProblem): string {
  const label = severity === 'warning' ? 'warning: ' : '';
  return `${file}:${line}:${column}: ${label}${key === '' ? '' : `${key}: `}${message}`;
}

export function mistakesOf(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.filter(({ severity }) => severity === 'mistake');
}

/** @throws MeshError CONFIG_INVALID with one line for each mistake, when there are any */
export function refuseMistakes(problems: readonly ConfigProblem[]): void {
  const mistakes = mistakesOf(problems);
  if (mistakes.length > 0) throw new MeshError('CONFIG_INVALID', mistakes.map(formatProblem).join('\n'));
}
