import { z } from 'zod';

const listed = z.object({
  id: z.string(),
  type: z.string(),
  status: z.string(),
  name: z.array(z.string()),
  created: z.string(),
  params: z.looseObject({ creator: z.string().optional(), created: z.string().optional() }),
  allowed_roles_or_users: z.array(z.string()).default([]),
  error: z.string().optional(),
  progress: z.object({ received_bytes: z.number(), total_bytes: z.number().nullable() }).optional(),
  folder: z.literal(true).optional(),
});

/** A checkpoint as lists show it. */
export interface CheckpointInfo {
  readonly id: string;
  readonly type: string;
  /** `Initial`, `Active`, `Disabled` or `Failed`. */
  readonly status: string;
  /** Its files, or the one name of a folder. */
  readonly names: readonly string[];
  readonly isFolder: boolean;
  readonly createdAt: Date;
  readonly creator: string | null;
  /** Roles and users it is open to. */
  readonly allowed: readonly string[];
  /** Why it failed. */
  readonly error: string | null;
}

const checkpointInfo = listed.transform((entry): CheckpointInfo => ({
  id: entry.id,
  type: entry.type,
  status: entry.status,
  names: entry.name,
  isFolder: entry.folder === true,
  createdAt: new Date(Number(entry.created) * 1000),
  creator: entry.params.creator ?? null,
  allowed: entry.allowed_roles_or_users,
  error: entry.error ?? null,
}));

export const listAnswer = z.object({ data: z.object({ checkpoints: z.array(checkpointInfo), total: z.number() }) });

export const createAnswer = z.object({
  data: z.object({
    checkpoint: z.object({ id: z.string() }),
    s3PresignUrl: z.record(z.string(), z.array(z.string())),
  }),
});

export const partsAnswer = z.object({
  data: z.object({
    parts_number: z.number(),
    parts: z.array(z.object({ PartNumber: z.number(), ETag: z.string(), Size: z.number() })),
    s3PresignUrl: z.array(z.string()),
  }),
});

/** What of an upload has arrived. */
export type ArrivedParts = z.output<typeof partsAnswer>['data'];

export const filesAnswer = z.object({
  data: z.object({
    checkpoint: checkpointInfo,
    files: z.array(
      z.object({
        filename: z.string(),
        size: z.number().nullable(),
        sha256: z.string().nullable(),
        format: z.string().nullable(),
        url: z.string().nullable(),
      }),
    ),
    total: z.number(),
    archive: z.object({ size: z.number(), sha256: z.string(), url: z.string() }).nullable(),
  }),
});

type FilesData = z.output<typeof filesAnswer>['data'];
export type CheckpointContent = Pick<FilesData, 'checkpoint' | 'files' | 'archive'>;
