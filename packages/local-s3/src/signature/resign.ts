import { SignatureV4 } from '@smithy/signature-v4';
import type { S3Request } from '../http/s3-request.js';
import { NodeSha256 } from './node-sha256.js';
import type { SignatureClaim } from './signature-claim.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export function createSigner(credentials: Credentials, region: string): SignatureV4 {
  return new SignatureV4({
    credentials,
    region,
    service: 's3',
    sha256: NodeSha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
}

/** These the signer writes itself. */
const writtenBySigner = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
]);

function pickHeaders({ headers }: S3Request, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function resignHeaders(signer: SignatureV4, request: S3Request, claim: SignatureClaim): Promise<string> {
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: '',
      path: request.canonicalPath,
      query: Object.fromEntries(request.query),
      headers: pickHeaders(request, claim.signedHeaders),
    },
    { signingDate: claim.signedAt, signableHeaders: new Set(claim.signedHeaders) },
  );
  return /Signature=([0-9a-f]{64})$/u.exec(signed.headers['authorization'] ?? '')?.[1] ?? '';
}

async function resignQuery(
  signer: SignatureV4,
  request: S3Request,
  claim: SignatureClaim,
  expiresIn: number,
): Promise<string> {
  const query = [...request.query].filter(([name]) => !writtenBySigner.has(name));
  const isHash = ([name]: [string, string]): boolean => name.toLowerCase() === 'x-amz-content-sha256';
  const presigned = await signer.presign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: '',
      path: request.canonicalPath,
      query: Object.fromEntries(query.filter((entry) => !isHash(entry))),
      // As a header the signer takes the hash for the payload's and moves it back to where it came from.
      headers: { ...pickHeaders(request, claim.signedHeaders), ...Object.fromEntries(query.filter(isHash)) },
      // A body that it cannot read is what the signer calls UNSIGNED-PAYLOAD; without one it would sign the empty body.
      body: {},
    },
    {
      signingDate: claim.signedAt,
      expiresIn,
      unhoistableHeaders: new Set(claim.signedHeaders),
      signableHeaders: new Set(claim.signedHeaders),
    },
  );
  const signature = presigned.query?.['X-Amz-Signature'];
  return typeof signature === 'string' ? signature : '';
}

/** The signature that this request would carry, had it been signed with our secret at the date it claims. */
export async function resign(signer: SignatureV4, request: S3Request, claim: SignatureClaim): Promise<string> {
  return claim.expiresInSeconds === undefined
    ? resignHeaders(signer, request, claim)
    : resignQuery(signer, request, claim, claim.expiresInSeconds);
}
