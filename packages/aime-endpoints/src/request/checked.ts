/** What a check found: the value that goes on, or every reason why none does. */
export type Checked<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly errors: readonly string[] };

export function accepted<Value>(value: Value): Checked<Value> {
  return { ok: true, value };
}

export function refused(...errors: readonly string[]): Checked<never> {
  return { ok: false, errors };
}
