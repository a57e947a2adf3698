/** What a text that is not clean has, for messages. */
export const uncleanText = 'a text with a NUL character or half of a surrogate pair';

const unclean = /[\0\p{Surrogate}]/u;

/** Whether databases, logs and other programs can hold the text: it has no NUL and is well-formed Unicode. */
export function isCleanText(text: string): boolean {
  return !unclean.test(text);
}
