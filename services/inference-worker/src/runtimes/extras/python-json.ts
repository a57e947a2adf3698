import { MeshError } from '@infermesh/errors';

/**
 * Parses JSON as Python writes it (dossier 9): outside strings the bare tokens `Infinity` and `-Infinity` stand for the largest
 * doubles, as ESD's own worker reads them; `NaN` is refused.
 *
 * @throws MeshError PAYLOAD_INVALID saying where
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text.includes('Infinity') || text.includes('NaN') ? withoutBareTokens(text) : text);
  } catch (error) {
    if (error instanceof MeshError) throw error;
    const why = error instanceof Error ? error.message.slice(0, 200) : 'it cannot be parsed';
    throw new MeshError('PAYLOAD_INVALID', `the payload is not JSON: ${why}`, { cause: error });
  }
}

/** Copies strings untouched and replaces the tokens between them. */
function withoutBareTokens(text: string): string {
  const parts: string[] = [];
  let position = 0;
  while (position < text.length) {
    const quote = text.indexOf('"', position);
    const end = quote === -1 ? text.length : quote;
    parts.push(replaceTokens(text.slice(position, end), position, parts.at(-1)));
    if (quote === -1) break;
    position = endOfString(text, quote);
    parts.push(text.slice(quote, position));
  }
  return parts.join('');
}

/** @param stringBefore the latest string, quotes included: for a plain field, its name */
function replaceTokens(between: string, offset: number, stringBefore = ''): string {
  const nan = between.indexOf('NaN');
  if (nan !== -1) {
    const after = stringBefore === '' ? '' : `, after ${stringBefore.slice(0, 100)}`;
    throw new MeshError(
      'PAYLOAD_INVALID',
      `the payload has NaN at position ${offset + nan}${after}: send a number or null`,
    );
  }
  return between.replaceAll('Infinity', String(Number.MAX_VALUE));
}

/** The index behind the closing quote, or the end of the text when there is none. */
function endOfString(text: string, quote: number): number {
  for (let close = text.indexOf('"', quote + 1); close !== -1; close = text.indexOf('"', close + 1)) {
    let slashCount = 0;
    while (text[close - 1 - slashCount] === '\\') slashCount += 1;
    if (slashCount % 2 === 0) return close + 1;
  }
  return text.length;
}
