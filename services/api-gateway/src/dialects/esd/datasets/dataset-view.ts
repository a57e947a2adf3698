import type { DatasetView } from '@infermesh/contracts';
import { z } from 'zod';

/** ESD's words for the states of a dataset (dossier 11). */
export const statusWords: Record<DatasetView['status'], string> = {
  initial: 'Initialed',
  enabled: 'Enabled',
  disabled: 'Disabled',
};

export const datasetView = z
  .object({
    datasetName: z.string(),
    s3: z.string(),
    status: z.string(),
    /** Seconds since 1970, as a text. */
    timestamp: z.string(),
    description: z.string(),
    allowed_roles_or_users: z.array(z.string()),
  })
  .meta({ id: 'Dataset' });

export function toDataset(dataset: DatasetView, bucket: string): z.input<typeof datasetView> {
  return {
    datasetName: dataset.name,
    s3: `s3://${bucket}/${dataset.objectPrefix.replace(/\/$/u, '')}`,
    status: statusWords[dataset.status],
    timestamp: (Date.parse(dataset.createdAt) / 1_000).toFixed(6),
    description: dataset.description,
    allowed_roles_or_users: dataset.allowedRoles,
  };
}
