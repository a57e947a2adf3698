import { Buffer } from 'node:buffer';
import type { ConfigProblem } from '../problems/config-problem.js';
import { maxConfigBytes } from './read-config-text.js';
import { parseToml, TomlSyntaxError, type TomlDocument } from './toml-document.js';

export type DocumentReading =
  { readonly ok: true; readonly document: TomlDocument } | { readonly ok: false; readonly problem: ConfigProblem };

/** Parses a file's text, unless it is larger than any such file has to be. What is no TOML is one mistake, the first. */
export function parseDocument(text: string, file: string): DocumentReading {
  const mistake = (message: string, line = 1, column = 1): DocumentReading => ({
    ok: false,
    problem: { severity: 'mistake', file, line, column, key: '', message },
  });
  if (Buffer.byteLength(text) > maxConfigBytes) {
    return mistake(`the file has more than ${maxConfigBytes} bytes, the most that is read`);
  }
  try {
    return { ok: true, document: parseToml(text) };
  } catch (error) {
    if (!(error instanceof TomlSyntaxError)) throw error;
    return mistake(error.message, error.position.line, error.position.column);
  }
}
