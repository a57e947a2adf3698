import { z } from 'zod';
import { defineCall } from './call-contract.js';
import { jsonObject } from './json-object.js';
import { checkpointRef } from './jobs.js';

/**
 * `initial`: announced, its bytes are on their way. `active`: usable as soon as its digest is known. `disabled`: kept, but not
 * given to jobs. `failed`: an import or a look at the files came to a bad end, see `error`.
 */
export const checkpointStatus = z.enum(['initial', 'active', 'disabled', 'failed']);
export type CheckpointStatus = z.infer<typeof checkpointStatus>;

/** Who asks, and what that opens. A checkpoint out of reach does not exist for the caller. */
export const checkpointAccess = z.object({
  tenantId: z.string().min(1),
  subject: z.string().min(1),
  /** Roles and names that open a checkpoint, beside the subject. */
  roles: z.array(z.string()).max(1000),
  /** Sees all of the tenant. */
  seesAll: z.boolean().default(false),
  /** Changes those of other owners too. */
  changesAll: z.boolean().default(false),
});
export type CheckpointAccess = z.infer<typeof checkpointAccess>;

/** Of one file; longer ones fit no file system. Also of a folder's path as a whole. */
export const maxCheckpointPathLength = 200;
/** Files of a folder that is uploaded file by file; an archive may hold more. */
export const maxFolderFiles = 200;
export const maxCheckpointParts = 100;

const name = z.string().min(1).max(maxCheckpointPathLength);
const id = z.uuid();
const partNumber = z.number().int().min(1).max(maxCheckpointParts);
const etag = z.string().min(1).max(200);
const kind = z.enum(['files', 'folder']);

const checkpointFile = z.object({
  path: z.string(),
  key: z.string().nullable(),
  sizeBytes: z.number().int().nonnegative().nullable(),
  /** Lower-case hex; null until the file was read after its activation. */
  sha256: z.string().nullable(),
  format: z.string().nullable(),
  uploadId: z.string().nullable(),
});
export type CheckpointFileView = z.infer<typeof checkpointFile>;

export const checkpointView = z.object({
  id,
  kind,
  type: z.string(),
  /** The names by which jobs ask for it: of its files, or of the folder. */
  names: z.array(z.string()),
  status: checkpointStatus,
  /** What went wrong, and what to do. */
  error: z.string().nullable(),
  tenantId: z.string(),
  owner: z.string(),
  /** Roles and users that may use it. */
  allowed: z.array(z.string()),
  params: jsonObject,
  bucket: z.string(),
  /** Where its objects lie in the bucket, without a final slash. */
  prefix: z.string(),
  /** Empty for a folder, which may have thousands: `checkpoints.files` tells them. */
  files: z.array(checkpointFile),
  /** Of the folder as one archive; null until it is packed, and for files. */
  archive: z.object({ key: z.string(), sizeBytes: z.number(), sha256: z.string() }).nullable(),
  imported: z.boolean(),
  progress: z.object({ receivedBytes: z.number(), totalBytes: z.number().nullable() }).nullable(),
  createdAt: z.iso.datetime(),
});
export type CheckpointView = z.infer<typeof checkpointView>;

const call = <Request extends z.ZodType, Response extends z.ZodType>(
  verb: string,
  request: Request,
  response: Response,
) => defineCall({ name: `checkpoints.${verb}`, queue: 'checkpoints', version: 1, request, response });

const one = z.object({ checkpoint: checkpointView });

/** What all ways of making a checkpoint have in common. */
const wanted = {
  access: checkpointAccess,
  type: name,
  allowed: z.array(z.string().max(200)).max(100),
  params: jsonObject.default({}),
};

/**
 * Announces an upload and claims its names. A `folder` of one file that ends in `.zip` or `.tar` is unpacked.
 *
 * @throws CONFLICT for a name that is taken; BAD_REQUEST for a path that leaves its place
 */
export const createCheckpoint = call(
  'create',
  z.object({
    ...wanted,
    /** The name of a folder; without it the files stand for themselves. */
    folder: name.optional(),
    files: z
      .array(z.object({ path: name, partCount: partNumber }))
      .min(1)
      .max(maxFolderFiles),
  }),
  one,
);

/**
 * Imports one checkpoint from each URL: all names are claimed before the answer, or none.
 *
 * @throws CONFLICT for a name that is taken; OUTBOUND_REFUSED for a URL that leads to an address that may not be called
 */
export const importCheckpoints = call(
  'import',
  z.object({ ...wanted, folder: name.optional(), urls: z.array(z.string().min(1).max(2000)).min(1).max(20) }),
  z.object({ ids: z.array(id) }),
);

const partRange = z.object({ path: name, first: partNumber, last: partNumber });

/** PUT URLs of parts, at most 50 of them; they live an hour. @throws CONFLICT when the upload has ended */
export const signCheckpointParts = call(
  'parts.sign',
  z.object({ access: checkpointAccess, id, ranges: z.array(partRange).min(1).max(50) }),
  z.object({ parts: z.array(z.object({ path: z.string(), partNumber, url: z.string() })) }),
);

/** The parts of one file that have arrived. @throws NOT_FOUND for a file it does not have; CONFLICT when the upload has ended */
export const listCheckpointParts = call(
  'parts.list',
  z.object({ access: checkpointAccess, id, path: name }),
  z.object({
    partCount: partNumber,
    parts: z.array(z.object({ partNumber, etag, sizeBytes: z.number().int().nonnegative() })),
  }),
);

/** Puts parts together to files. Files that stand already, and names it does not know, are passed over. */
export const completeCheckpointFiles = call(
  'parts.complete',
  z.object({
    access: checkpointAccess,
    id,
    files: z
      .array(z.object({ path: name, parts: z.array(z.object({ partNumber, etag })).max(maxCheckpointParts) }))
      .min(1)
      .max(200),
  }),
  z.object({}),
);

/** @throws CONFLICT for `active` while a file is not complete, and after a failure */
export const setCheckpointStatus = call(
  'status',
  z.object({ access: checkpointAccess, id, status: z.enum(['active', 'disabled']) }),
  one,
);

/** Gives its first name another one, in the background. @throws CONFLICT for a name that is taken, or when it is not active */
export const renameCheckpoint = call(
  'rename',
  z.object({ access: checkpointAccess, id, name }),
  z.object({ outcome: z.enum(['started', 'unchanged']) }),
);

export const getCheckpoint = call('get', z.object({ access: checkpointAccess, id }), one);

/** Newest first. An answer may hold fewer than `limit` although there are more: ask again from where it ended. */
export const listCheckpoints = call(
  'list',
  z.object({
    access: checkpointAccess,
    /** Or all; those that belong to everybody are only shown where their type is named. */
    types: z.array(z.string()).max(50).optional(),
    statuses: z.array(z.string()).max(20).optional(),
    /** Open to one of these. */
    roles: z.array(z.string()).max(100).optional(),
    offset: z.number().int().nonnegative(),
    limit: z.number().int().min(1).max(1000),
  }),
  z.object({ checkpoints: z.array(checkpointView), total: z.number().int().nonnegative() }),
);

/** Files with URLs to read them, which live an hour: those of a folder as they lie in its archive, without a URL of their own. */
export const listCheckpointFiles = call(
  'files',
  z.object({ access: checkpointAccess, id, offset: z.number().int().nonnegative().default(0) }),
  z.object({
    files: z.array(checkpointFile.extend({ url: z.string().nullable() })),
    total: z.number().int().nonnegative(),
    archive: z.object({ sizeBytes: z.number(), sha256: z.string(), url: z.string() }).nullable(),
  }),
);

/** Unknown ids are passed over. @throws FORBIDDEN for one of another owner; nothing is deleted then */
export const deleteCheckpoints = call(
  'delete',
  z.object({ access: checkpointAccess, ids: z.array(id).max(100) }),
  z.object({ deleted: z.array(id) }),
);

/**
 * Active checkpoints of one type that the tenant may use, ordered by name; with `names` only those. Of more than fit a job the
 * newest.
 */
export const findCheckpoints = call(
  'find',
  z.object({
    tenantId: z.string(),
    type: z.string(),
    names: z.array(z.string()).max(100).optional(),
    /** Only what is open to this user; default: all of the tenant. */
    user: z.object({ name: z.string(), roles: z.array(z.string()).max(1000) }).optional(),
  }),
  z.object({
    checkpoints: z.array(checkpointRef).max(100),
    /** How many there are, with those left out; 0 from a store that does not tell yet. */
    total: z.number().int().nonnegative().default(0),
  }),
);
