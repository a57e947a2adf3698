import { z } from 'zod';

/** A duration in milliseconds, 1 ms to 31 days. */
export const durationMs = z.coerce.number().int().min(1).max(2_678_400_000);

/** A size in bytes. */
export const sizeBytes = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

export const count = z.coerce.number().int().min(1);

/** `true`, `1`, `yes`, `on` or their contraries. Not `z.coerce.boolean()`, which takes the text "false" for true. */
export const flag = z.stringbool();

export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Empty, or a path that begins with `/` and does not end with it. */
  readonly prefix: string;
}

/** `host:port[/prefix]`, the host an IPv6 address in brackets, a name or an IPv4 address. */
export const listenAddress = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}(\/[A-Za-z0-9._~/-]*)?$/u, 'must be host:port or host:port/prefix')
  .transform((text, context): ListenAddress => {
    const slash = text.indexOf('/');
    const authority = slash === -1 ? text : text.slice(0, slash);
    const colon = authority.lastIndexOf(':');
    const port = Number(authority.slice(colon + 1));
    if (port > 65_535) {
      context.addIssue({ code: 'custom', message: 'port must be 0 to 65535' });
      return z.NEVER;
    }
    const prefix = slash === -1 ? '' : text.slice(slash).replace(/\/+$/u, '');
    return { host: authority.slice(0, colon).replace(/^\[|\]$/gu, ''), port, prefix };
  });

/** Several, separated by commas. */
export const listenAddresses = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(listenAddress).min(1));

/** What models run on, the preferred first: `cuda,cpu`. Undefined leaves the choice to the worker. */
export const executionProviders = z
  .string()
  .regex(/^(cpu|cuda)(,(cpu|cuda))*$/u, 'must be cpu, cuda, or both in the order of preference, such as cuda,cpu')
  .optional();
