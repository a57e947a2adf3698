import { createHash } from 'node:crypto';
import { S3Error } from '../s3-error.js';
import type { ChunkVerifier } from '../signature/chunk-verifier.js';
import { ByteReader } from './byte-reader.js';

export interface AwsChunkedOptions {
  /** Given where each chunk is signed. */
  readonly verifier: ChunkVerifier | undefined;
  /** Called once with the trailing headers, names in lower case, before the stream ends. */
  readonly onTrailers: (trailers: ReadonlyMap<string, string>) => void;
}

const longestLine = 1024;
const mostTrailers = 16;

interface ChunkHeader {
  readonly sizeBytes: number;
  readonly signature: string;
}

function parseChunkHeader(line: string | undefined): ChunkHeader {
  const match = /^(?<size>[0-9a-f]{1,12})(?:;chunk-signature=(?<signature>[0-9a-f]{64}))?$/iu.exec(line ?? '')?.groups;
  if (match === undefined) throw new S3Error('IncompleteBody', 'The chunked body is not well formed.');
  return { sizeBytes: Number.parseInt(match['size'] ?? '', 16), signature: match['signature'] ?? '' };
}

async function* decodeChunk(
  reader: ByteReader,
  header: ChunkHeader,
  verifier: ChunkVerifier | undefined,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for (let missingBytes = header.sizeBytes; missingBytes > 0;) {
    const piece = await reader.take(missingBytes);
    missingBytes -= piece.byteLength;
    if (verifier !== undefined) hash.update(piece);
    yield piece;
  }
  if (header.sizeBytes > 0 && (await reader.findLine(longestLine)) !== '') {
    throw new S3Error('IncompleteBody', 'The chunked body is not well formed.');
  }
  verifier?.verifyChunk(header.signature, hash.digest('hex'));
}

async function readTrailers(reader: ByteReader): Promise<Map<string, string>> {
  const trailers = new Map<string, string>();
  for (
    let line = await reader.findLine(longestLine);
    line !== undefined && line !== '';
    line = await reader.findLine(longestLine)
  ) {
    const colon = line.indexOf(':');
    if (colon < 1 || trailers.size === mostTrailers)
      throw new S3Error('IncompleteBody', 'The trailer is not well formed.');
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return trailers;
}

function verifyTrailers(trailers: Map<string, string>, verifier: ChunkVerifier): void {
  const signature = trailers.get('x-amz-trailer-signature');
  trailers.delete('x-amz-trailer-signature');
  if (trailers.size === 0) return;
  const signed = [...trailers].map(([name, value]) => `${name}:${value}\n`).join('');
  verifier.verifyTrailer(signature ?? '', signed);
}

/** Takes off the `aws-chunked` coding: the chunks' own bytes, each chunk's signature checked at its end. */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  options: AwsChunkedOptions,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  try {
    for (;;) {
      const header = parseChunkHeader(await reader.findLine(longestLine));
      yield* decodeChunk(reader, header, options.verifier);
      if (header.sizeBytes === 0) break;
    }
    const trailers = await readTrailers(reader);
    if (options.verifier !== undefined) verifyTrailers(trailers, options.verifier);
    options.onTrailers(trailers);
  } finally {
    await reader.release();
  }
}
