/** The code that the system gave an error, such as `ENOENT`. Asks for the field, not the class: fetch brings errors of its own. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
