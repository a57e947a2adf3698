import type { Readable } from 'node:stream';

export interface PutOptions {
  /** Kept with the object; default `application/octet-stream`. */
  readonly contentType?: string;
  /** Length of a stream. Known: one request up to 5 GiB. Unknown: the stream is sent in parts. */
  readonly sizeBytes?: number;
  /** Hex digest that the stored bytes must have. */
  readonly sha256?: string;
  readonly signal: AbortSignal;
}

/** Positions of the first and the last byte, both included; without `endByte` up to the end. */
export interface ByteRange {
  readonly startByte: number;
  readonly endByte?: number;
}

export interface StoredObject {
  readonly sizeBytes: number;
  /** Quoted, as S3 writes it. */
  readonly etag: string;
}

export interface ObjectInfo extends StoredObject {
  readonly contentType: string;
  readonly lastModified: Date;
}

export interface ObjectContent {
  /** Must be read to its end or destroyed: until then it holds a connection. */
  readonly body: Readable;
  /** Bytes in `body`: those of the range, where one was asked for. */
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly etag: string;
}

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly lastModified: Date;
}

export interface PresignOptions {
  /** 1 to 3600. */
  readonly expiresInSeconds: number;
}

export interface PresignGetOptions extends PresignOptions {
  /** Makes a browser save the object under this name instead of showing it. */
  readonly downloadName?: string;
  /** Answered in place of the stored content type. */
  readonly contentType?: string;
}

export interface PresignPutOptions extends PresignOptions {
  readonly sizeBytes?: number;
  /** Where the length is not known: the most that may be sent. Kept by local-s3 alone; other servers know no such limit. */
  readonly maxBytes?: number;
  /** Hex. */
  readonly sha256?: string;
  readonly contentType?: string;
}

export interface PresignedPut {
  readonly url: string;
  /** The client must send exactly these; empty for a bare PUT. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface UploadedPart {
  /** 1 to 10,000. */
  readonly partNumber: number;
  readonly etag: string;
}

export interface OpenUpload {
  readonly key: string;
  readonly uploadId: string;
}

export interface PresignPartOptions extends PresignOptions {
  /** Signed where given: the client can send neither more nor less. */
  readonly sizeBytes?: number;
  /** As in `PresignPutOptions`. */
  readonly maxBytes?: number;
}

/** Uploads in parts of at least 5 MiB (the last may be smaller), sent by a client to presigned URLs. */
export interface MultipartUploads {
  /** @returns the upload id */
  create(key: string, options: { readonly contentType?: string; readonly signal: AbortSignal }): Promise<string>;
  presignPart(key: string, uploadId: string, partNumber: number, options: PresignPartOptions): Promise<PresignedPut>;
  /** Sends one part from here. @throws MeshError OBJECT_NOT_FOUND when the upload is gone */
  put(key: string, uploadId: string, partNumber: number, bytes: Uint8Array, signal: AbortSignal): Promise<UploadedPart>;
  /** Uploads begun and not ended, of keys under the prefix. MinIO finds them by their whole key alone. */
  list(prefix: string, signal: AbortSignal): Promise<readonly OpenUpload[]>;
  /** What arrived so far, in part order. @throws MeshError OBJECT_NOT_FOUND when the upload is gone */
  listParts(
    key: string,
    uploadId: string,
    signal: AbortSignal,
  ): Promise<readonly (UploadedPart & { sizeBytes: number })[]>;
  /** @throws MeshError BAD_REQUEST for a missing, misordered or too small part; OBJECT_NOT_FOUND when the upload is gone */
  complete(key: string, uploadId: string, parts: readonly UploadedPart[], signal: AbortSignal): Promise<StoredObject>;
  /** Aborting what is gone already is harmless. */
  abort(key: string, uploadId: string, signal: AbortSignal): Promise<void>;
}

/**
 * One bucket. Every call that reaches the network rejects with the signal's reason when aborted, with MeshError
 * STORAGE_UNAVAILABLE when nothing moves for `requestTimeoutMs` or the server fails, and with CONFIG_INVALID when the
 * bucket does not exist or the credentials are refused. Messages name bucket and key, never a signature.
 */
export interface ObjectStore extends AsyncDisposable {
  readonly bucket: string;
  ensureBucket(signal: AbortSignal): Promise<void>;
  /** Replaces what is there. @throws MeshError OBJECT_CORRUPT when the digest differs; BAD_REQUEST when the length does */
  put(key: string, body: Uint8Array | Readable, options: PutOptions): Promise<StoredObject>;
  /** @throws MeshError OBJECT_NOT_FOUND; BAD_REQUEST for a range outside the object */
  get(key: string, options: { readonly signal: AbortSignal; readonly range?: ByteRange }): Promise<ObjectContent>;
  /** @throws MeshError OBJECT_NOT_FOUND */
  head(key: string, signal: AbortSignal): Promise<ObjectInfo>;
  find(key: string, signal: AbortSignal): Promise<ObjectInfo | undefined>;
  /** Deleting what is gone already is harmless. */
  delete(keys: readonly string[], signal: AbortSignal): Promise<void>;
  /** @throws MeshError BAD_REQUEST for an empty prefix */
  deletePrefix(prefix: string, signal: AbortSignal): Promise<void>;
  /** In the byte order of the keys. */
  list(prefix: string, options: { readonly signal: AbortSignal }): AsyncIterable<ListedObject>;
  /** Within the bucket, by the server, of any size. @throws MeshError OBJECT_NOT_FOUND */
  copy(from: string, to: string, signal: AbortSignal): Promise<void>;
  /** No network. @throws MeshError BAD_REQUEST */
  presignGet(key: string, options: PresignGetOptions): Promise<string>;
  /** No network. What is given is signed, so the client can send nothing else. @throws MeshError BAD_REQUEST */
  presignPut(key: string, options: PresignPutOptions): Promise<PresignedPut>;
  readonly multipart: MultipartUploads;
}
