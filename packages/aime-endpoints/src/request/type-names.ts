/** A value's type in the words of the dialect's error texts, which are Python's. */
export function typeNameOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    case 'boolean':
      return 'bool';
    default:
      if (value === null || value === undefined) return 'NoneType';
      return Array.isArray(value) ? 'list' : 'dict';
  }
}

const longestText = 30;

/** A value as an error text shows it: strings in quotes, cut after 30 characters. */
export function shownValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
  const short = text !== undefined && text.length > longestText ? `${text.slice(0, longestText)}...` : String(text);
  return typeof value === 'string' ? `"${short}"` : short;
}
