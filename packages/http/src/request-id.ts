import { uuidv7 } from 'uuidv7';

/** The caller's own id when it is harmless, else a new one. */
export function requestId(incoming: string | readonly string[] | undefined): string {
  return typeof incoming === 'string' && /^[A-Za-z0-9._-]{1,64}$/u.test(incoming) ? incoming : uuidv7();
}
