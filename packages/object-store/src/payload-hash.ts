/** Where `signedPayloadHash` stands in the SDK's stack. */
export const payloadHashStep = { step: 'build', name: 'signedPayloadHash', override: true } as const;

/** Has the signature cover this digest. Left to itself, the SDK hashes the whole body in one go on the event loop. */
export function signedPayloadHash(sha256: string) {
  return <Args extends { request: unknown }, Result>(next: (args: Args) => Result) =>
    (args: Args): Result => {
      const request = args.request as { headers: Record<string, string> };
      request.headers['x-amz-content-sha256'] = sha256.toLowerCase();
      return next(args);
    };
}
