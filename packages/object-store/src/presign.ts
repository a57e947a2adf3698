import { MeshError } from '@infermesh/errors';
import { attachmentDisposition } from './attachment-disposition.js';
import type {
  PresignGetOptions,
  PresignOptions,
  PresignPartOptions,
  PresignPutOptions,
  PresignedPut,
} from './object-store.js';
import { sha256HexToBase64 } from './sha256.js';
import type { UrlSigner } from './url-signer.js';

const longestSeconds = 3600;

/** @throws MeshError BAD_REQUEST of `expiresInSeconds` */
function expiry({ expiresInSeconds }: PresignOptions): { readonly expiresInSeconds: number } {
  if (Number.isInteger(expiresInSeconds) && expiresInSeconds >= 1 && expiresInSeconds <= longestSeconds) {
    return { expiresInSeconds };
  }
  throw new MeshError('BAD_REQUEST', `a presigned URL lives 1 to ${String(longestSeconds)} s`, {
    field: 'expiresInSeconds',
  });
}

export function presignGet(signer: UrlSigner, key: string, options: PresignGetOptions): string {
  const { downloadName, contentType } = options;
  const query = {
    ...(downloadName === undefined ? {} : { 'response-content-disposition': attachmentDisposition(downloadName) }),
    ...(contentType === undefined ? {} : { 'response-content-type': contentType }),
  };
  return signer.sign({ method: 'GET', key, query, ...expiry(options) });
}

function putHeaders({
  sizeBytes,
  sha256,
  contentType,
}: Omit<PresignPutOptions, 'expiresInSeconds' | 'maxBytes'>): Record<string, string> {
  return {
    ...(sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) }),
    ...(sha256 === undefined ? {} : { 'x-amz-checksum-sha256': sha256HexToBase64(sha256) }),
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
  };
}

/** In the URL, and so under its signature. Servers that do not know it pass over it. */
function limit({ maxBytes }: { readonly maxBytes?: number }): Record<string, string> {
  return maxBytes === undefined ? {} : { 'max-bytes': String(maxBytes) };
}

/** @throws MeshError BAD_REQUEST of `expiresInSeconds` or `sha256` */
export function presignPut(signer: UrlSigner, key: string, options: PresignPutOptions): PresignedPut {
  const headers = putHeaders(options);
  return { url: signer.sign({ method: 'PUT', key, query: limit(options), headers, ...expiry(options) }), headers };
}

/** @throws MeshError BAD_REQUEST of `expiresInSeconds` or `partNumber` */
export function presignPart(
  signer: UrlSigner,
  key: string,
  uploadId: string,
  partNumber: number,
  options: PresignPartOptions,
): PresignedPut {
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > 10_000) {
    throw new MeshError('BAD_REQUEST', 'part numbers go from 1 to 10000', { field: 'partNumber' });
  }
  const headers = putHeaders(options.sizeBytes === undefined ? {} : { sizeBytes: options.sizeBytes });
  const query = { partNumber: String(partNumber), uploadId, ...limit(options) };
  return { url: signer.sign({ method: 'PUT', key, query, headers, ...expiry(options) }), headers };
}
