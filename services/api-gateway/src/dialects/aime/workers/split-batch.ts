const quote = 0x22;
const backslash = 0x5c;
const opening: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closing: ReadonlySet<number> = new Set([0x5d, 0x7d]);
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
  const open: number[] = [];
  for (let at = 0; at < bytes.length && objects.length < maxJobs; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfText(bytes, at);
    else if (opening.has(byte)) open.push(at);
    else if (closing.has(byte)) {
      const start = open.pop() ?? at;
      const isOuter = open.length === 0 || (open.length === 1 && bytes[open[0] ?? 0] !== brace);
      if (bytes[start] === brace && isOuter) objects.push([start, at + 1]);
    }
  }
  return objects;
}

function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
