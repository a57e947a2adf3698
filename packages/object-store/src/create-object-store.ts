import { S3Client } from '@aws-sdk/client-s3';
import { copyObject, defaultCopyPartBytes } from './copy-object.js';
import { deleteObjects, deletePrefix } from './delete-objects.js';
import { ensureBucket } from './ensure-bucket.js';
import { getObject } from './get-object.js';
import { findObject, headObject } from './head-object.js';
import { listObjects } from './list-objects.js';
import { abortUpload, completeUpload, createUpload, listUploadedParts, listUploads } from './multipart.js';
import type { MultipartUploads, ObjectStore } from './object-store.js';
import { presignGet, presignPart, presignPut } from './presign.js';
import { putObject } from './put-object.js';
import { uploadPart } from './put-parts.js';
import type { BucketAccess } from './storage-call.js';
import { UrlSigner } from './url-signer.js';

export interface ObjectStoreOptions {
  /** `http://host:port`, as this process reaches it. */
  readonly endpoint: string;
  /** The host that clients reach, for presigned URLs; default `endpoint`. */
  readonly publicEndpoint?: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Bucket in the path instead of the host name; default true, which every S3 server understands. */
  readonly forcePathStyle?: boolean;
  /** How long the server may stay silent within one call; default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Objects above it are copied in parts of this size; default 512 MiB, at least 5 MiB. */
  readonly copyPartBytes?: number;
}

/** Bodies that are being read hold a connection each, so the pool must be larger than the reads at one time. */
const maxSockets = 256;
const connectionTimeoutMs = 5000;

const discard = (): void => undefined;
/** The SDK would write to the console what comes out as an error anyway. */
const silentLogger = { trace: discard, debug: discard, info: discard, warn: discard, error: discard };

function createClient(options: ObjectStoreOptions): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey, forcePathStyle = true } = options;
  return new S3Client({
    endpoint,
    region,
    forcePathStyle,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 3,
    logger: silentLogger,
    // By default the SDK chunks streams in a way that other servers refuse.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      // Silence is judged per call: a slow reader of a download is no fault of the server.
      socketTimeout: 0,
      httpAgent: { maxSockets },
      httpsAgent: { maxSockets },
    },
  });
}

function createMultipart(access: BucketAccess, signer: UrlSigner): MultipartUploads {
  return {
    create: (key, options) => createUpload(access, key, options),
    presignPart: (key, uploadId, partNumber, options) =>
      settled(() => presignPart(signer, key, uploadId, partNumber, options)),
    put: (key, uploadId, partNumber, bytes, signal) => uploadPart({ access, key, uploadId, signal }, partNumber, bytes),
    list: (prefix, signal) => listUploads(access, prefix, signal),
    listParts: (key, uploadId, signal) => listUploadedParts(access, key, uploadId, signal),
    complete: (key, uploadId, parts, signal) => completeUpload(access, key, uploadId, parts, signal),
    abort: (key, uploadId, signal) => abortUpload(access, key, uploadId, signal),
  };
}

/** What it throws comes out as a rejection. */
function settled<Value>(work: () => Value): Promise<Value> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

/** Opens no connection until the first call. Disposing closes idle connections and cuts off running calls. */
export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { bucket, endpoint, publicEndpoint = endpoint, requestTimeoutMs = 30_000 } = options;
  const { copyPartBytes = defaultCopyPartBytes } = options;
  const client = createClient(options);
  const signer = new UrlSigner({ forcePathStyle: true, ...options, endpoint: publicEndpoint });
  const access: BucketAccess = { client, bucket, requestTimeoutMs };
  return {
    bucket,
    ensureBucket: (signal) => ensureBucket(access, signal),
    put: (key, body, putOptions) => putObject(access, key, body, putOptions),
    get: (key, getOptions) => getObject(access, key, getOptions),
    head: (key, signal) => headObject(access, key, signal),
    find: (key, signal) => findObject(access, key, signal),
    delete: (keys, signal) => deleteObjects(access, keys, signal),
    deletePrefix: (prefix, signal) => deletePrefix(access, prefix, signal),
    list: (prefix, { signal }) => listObjects(access, prefix, signal),
    copy: (from, to, signal) => copyObject(access, from, to, { partBytes: copyPartBytes, signal }),
    presignGet: (key, presignOptions) => settled(() => presignGet(signer, key, presignOptions)),
    presignPut: (key, presignOptions) => settled(() => presignPut(signer, key, presignOptions)),
    multipart: createMultipart(access, signer),
    [Symbol.asyncDispose]: () => {
      client.destroy();
      return Promise.resolve();
    },
  };
}
