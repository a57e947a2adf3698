import { MeshError } from '@infermesh/errors';

const longestName = 200;
const segment = /^[A-Za-z0-9_+=@,-][A-Za-z0-9._+=@,-]*$/u;

/**
 * Letters, digits and `. _ + = @ , -`; no segment begins with a dot, so `..` cannot occur. At most 200 characters.
 */
function assertSegments(field: string, value: string, segments: readonly string[]): string {
  if (value.length <= longestName && segments.every((part) => segment.test(part))) return value;
  throw new MeshError(
    'BAD_REQUEST',
    `${field} is not usable in an object key: ${JSON.stringify(value.slice(0, longestName))}`,
    { field },
  );
}

function id(field: string, value: string): string {
  return assertSegments(field, value, [value]);
}

/** May have folders: `onnx/model.onnx`. */
function name(field: string, value: string): string {
  return assertSegments(field, value, value.split('/'));
}

function epochSegment(epoch: number): string {
  if (Number.isSafeInteger(epoch) && epoch >= 0) return String(epoch);
  throw new MeshError('BAD_REQUEST', 'epoch must be a whole number, 0 or more', { field: 'epoch' });
}

interface JobRef {
  readonly tenant: string;
  readonly jobId: string;
}

function jobPrefix({ tenant, jobId }: JobRef): string {
  return `jobs/${id('tenant', tenant)}/${id('jobId', jobId)}/`;
}

function checkpointPrefix(checkpointId: string): string {
  return `checkpoints/${id('checkpointId', checkpointId)}/`;
}

function datasetPrefix(datasetId: string): string {
  return `datasets/${id('datasetId', datasetId)}/`;
}

/** Where things lie in the bucket. Every function throws MeshError BAD_REQUEST for a part that is not safe in a key. */
export const objectKeys = {
  /** All of a job, for deletePrefix. */
  jobPrefix,
  jobPayload: (ref: JobRef & { readonly name: string }): string => `${jobPrefix(ref)}payload/${name('name', ref.name)}`,
  /** The epoch keeps a late attempt from overwriting the winner's output. */
  jobOutput: (ref: JobRef & { readonly epoch: number; readonly name: string }): string =>
    `${jobPrefix(ref)}${epochSegment(ref.epoch)}/${name('name', ref.name)}`,
  /** All of a checkpoint, for deletePrefix. */
  checkpointPrefix,
  checkpointFile: (ref: { readonly checkpointId: string; readonly file: string }): string =>
    `${checkpointPrefix(ref.checkpointId)}${name('file', ref.file)}`,
  /** All of the media transfers, for list. */
  mediaTransfers: 'media/',
  mediaInput: (transferId: string): string => `media/${id('transferId', transferId)}/input`,
  mediaOutput: (transferId: string): string => `media/${id('transferId', transferId)}/output`,
  /** All of a dataset, for deletePrefix. */
  datasetPrefix,
  datasetFile: (ref: { readonly datasetId: string; readonly file: string }): string =>
    `${datasetPrefix(ref.datasetId)}${name('file', ref.file)}`,
} as const;
