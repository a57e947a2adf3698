/** Leading bytes in which readers of PDF and of web pages look for their own mark. */
const headBytes = 1024;
/** The end record of a zip archive with the longest comment. */
const zipTailBytes = 22 + 65_535;

const textMarks = [
  /%PDF-\d/u,
  /<\?php/iu,
  /<script[\s>]/iu,
  /<!doctype html/iu,
  /<html[\s>]/iu,
  /<svg[\s>]/iu,
] as const;
const names = ['a PDF document', 'a PHP script', 'a script', 'a web page', 'a web page', 'an SVG document'] as const;

/**
 * Looks for a second file inside a media file, one that other programs would find there: text marks near both ends, and the
 * end record of a zip archive.
 *
 * @returns what was found, or undefined
 */
export function findStowaway(bytes: Uint8Array): string | undefined {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ends = [whole.subarray(0, headBytes), whole.subarray(Math.max(0, whole.length - headBytes))];
  for (const end of ends) {
    const text = end.toString('latin1');
    const at = textMarks.findIndex((mark) => mark.test(text));
    if (at >= 0) return names[at];
  }
  return endsAsZip(whole.subarray(Math.max(0, whole.length - zipTailBytes))) ? 'a zip archive' : undefined;
}

/** Source: PKWARE, APPNOTE.TXT 4.3.16: the record names the length of the comment that ends the file. */
function endsAsZip(tail: Buffer): boolean {
  for (let at = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1'); at >= 0;) {
    if (at + 22 <= tail.length && tail.readUInt16LE(at + 20) === tail.length - at - 22) return true;
    if (at === 0) return false;
    at = tail.lastIndexOf('PK\x05\x06', at - 1, 'latin1');
  }
  return false;
}
