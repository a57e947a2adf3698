/** The system's code of a failure, such as `ENOENT`. Not by class: a test's Error is another than that of Node's own modules. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
