const firstSurrogate = 0xd800;

/** UTF-16 puts the signs beyond U+FFFF before U+E000; UTF-8, in whose order S3 lists, puts them last. */
function rank(unit: number): number {
  if (unit < firstSurrogate) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Orders keys by their bytes in UTF-8. */
export function compareKeys(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}
