import { MeshError, isOutage } from '@infermesh/errors';

/**
 * Runs what talks to a server that a variable names, and lets a failure say which variable and which host.
 *
 * @param url undefined for an embedded server: its failures are no fault of a setting
 * @throws MeshError of the outage, or CONFIG_INVALID for what the server refuses; never with the credentials of the URL
 */
export async function namingServer<T>(variable: string, url: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (url === undefined || (cause instanceof MeshError && !isOutage(cause.code))) throw cause;
    const code = cause instanceof MeshError ? cause.code : 'CONFIG_INVALID';
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MeshError(
      code,
      `${variable} names ${hostOf(url)}: ${reason}; is the server running, and the URL right?`,
      {
        cause,
      },
    );
  }
}

/** Whatever stands before the last `@` may be a secret. */
function hostOf(url: string): string {
  return /^[^:]+:\/\/(?:.*@)?([^/?#@]*)/u.exec(url)?.[1] ?? 'a server';
}
