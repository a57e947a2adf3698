import type { CheckpointView } from '@infermesh/contracts';
import { z } from 'zod';
import { toTimestamp } from '../timestamp.js';
import type { VersionRules } from '../version-rules.js';
import { esdCheckpointStatus, toStatusWord, type EsdCheckpointStatus } from './checkpoint-status.js';

const params = z.looseObject({ created: z.string(), multipart_upload: z.record(z.string(), z.unknown()).optional() });

/** As POST and PUT show it. */
export const changedCheckpoint = z
  .object({
    id: z.string(),
    type: z.string(),
    s3_location: z.string(),
    status: esdCheckpointStatus,
    params,
    source_path: z.null().optional(),
    target_path: z.null().optional(),
  })
  .meta({ id: 'ChangedCheckpoint' });

/** As GET shows it. `error`, `progress` and `folder` are ours. */
export const listedCheckpoint = z
  .object({
    id: z.string(),
    s3Location: z.string(),
    type: z.string(),
    status: esdCheckpointStatus,
    name: z.array(z.string()),
    created: z.string(),
    params,
    allowed_roles_or_users: z.array(z.string()),
    error: z.string().optional(),
    progress: z.object({ received_bytes: z.number(), total_bytes: z.number().nullable() }).optional(),
    folder: z.literal(true).optional(),
  })
  .meta({ id: 'Checkpoint' });

function location({ bucket, prefix }: CheckpointView): string {
  return `s3://${bucket}/${prefix}`;
}

/** What the client sent, when it was made, and the uploads of its files. An import spells the upload's id in another way (dossier 6.2). */
function toParams(checkpoint: CheckpointView, rules: VersionRules): z.input<typeof params> {
  const { bucket, createdAt, files, imported } = checkpoint;
  const uploads = files.map(({ path, key, uploadId }): [string, Record<string, string>] => {
    const place = { bucket, key: key ?? '' };
    return [path, imported ? { uploadId: uploadId ?? '', ...place } : { upload_id: uploadId ?? '', ...place }];
  });
  return {
    ...checkpoint.params,
    created: rules.isTraced ? toTimestamp(createdAt).replace(' ', 'T') : toTimestamp(createdAt),
    ...(uploads.length === 0 ? {} : { multipart_upload: Object.fromEntries(uploads) }),
  };
}

export function toChangedCheckpoint(
  checkpoint: CheckpointView,
  rules: VersionRules,
  status: EsdCheckpointStatus = toStatusWord(checkpoint.status),
): z.input<typeof changedCheckpoint> {
  return {
    id: checkpoint.id,
    type: checkpoint.type,
    s3_location: location(checkpoint),
    status,
    params: toParams(checkpoint, rules),
    ...(rules.isTraced ? { source_path: null, target_path: null } : {}),
  };
}

export function toListedCheckpoint(checkpoint: CheckpointView, rules: VersionRules): z.input<typeof listedCheckpoint> {
  const { error, progress } = checkpoint;
  return {
    id: checkpoint.id,
    s3Location: location(checkpoint),
    type: checkpoint.type,
    status: toStatusWord(checkpoint.status),
    name: checkpoint.names,
    created: String(Date.parse(checkpoint.createdAt) / 1000),
    params: toParams(checkpoint, rules),
    allowed_roles_or_users: checkpoint.allowed,
    ...(error === null ? {} : { error }),
    ...(progress === null
      ? {}
      : { progress: { received_bytes: progress.receivedBytes, total_bytes: progress.totalBytes } }),
    ...(checkpoint.kind === 'folder' ? { folder: true as const } : {}),
  };
}
