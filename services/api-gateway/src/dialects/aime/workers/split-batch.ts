const quote = 0x22;
const backslash = 0x5c;
const brace = 0x7b;

/** As many as a report may have; the rest is passed over. */
const maxJobs = 1024;

/**
 * Where the objects of an array of objects stand in its text, or the one object without an array; brackets and quotes are all
 * that has to be right.
 *
 * @returns start and end of each
 */
export function splitBatch(bytes: Uint8Array): readonly (readonly [start: number, end: number])[] {
  const objects: (readonly [number, number])[] = [];
  let depth = 0;
  let outer = 0; // where the outermost bracket stands,
  let inner = 0; // and the one in it: deeper ones are only counted
  for (let at = 0; at < bytes.length && objects.length < maxJobs; at += 1) {
    const byte = bytes[at];
    if (byte === quote) at = endOfText(bytes, at);
    else if (byte === 0x5b || byte === brace) {
      if (depth === 0) outer = at;
      else if (depth === 1) inner = at;
      depth += 1;
    } else if ((byte === 0x5d || byte === 0x7d) && depth > 0) {
      depth -= 1;
      const start = depth === 0 ? outer : inner;
      const isOuter = depth === 0 || (depth === 1 && bytes[outer] !== brace);
      if (isOuter && bytes[start] === brace) objects.push([start, at + 1]);
    }
  }
  return objects;
}

function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
