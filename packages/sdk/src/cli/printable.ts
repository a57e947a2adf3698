const controlOrBidi = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** One line without control characters: text from a server must not move the cursor of the reader's terminal. */
export function printable(text: string): string {
  return text.replace(controlOrBidi, ' ').trim();
}
