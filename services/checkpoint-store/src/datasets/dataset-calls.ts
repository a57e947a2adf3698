import { createDataset, deleteDatasets, getDataset, listDatasets, setDatasetStatus } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import { firstThatFit, handle, type CallHandler } from '@infermesh/job-queue';
import type { ObjectStore } from '@infermesh/object-store';
import { uuidv7 } from 'uuidv7';
import { urlSeconds } from '../settings.js';
import { deleteDatasetRows, getDatasetRows, insertDataset, listDatasetViews, updateStatus } from './dataset-rows.js';

export interface DatasetParts {
  readonly database: Database;
  readonly objectStore: ObjectStore;
  /** Files of datasets that are gone are noted as garbage. */
  readonly sweepGarbage: () => void;
}

/** A hundred URLs, and what the request that made the dataset said of its files. */
const maxAnswerBytes = 262_144;

/** What others ask about datasets: records, and URLs to their files. */
export function datasetCalls({ database, objectStore, sweepGarbage }: DatasetParts): CallHandler[] {
  return [
    handle(
      createDataset,
      async (wish) => {
        const { files } = wish;
        const dataset = await insertDataset(database, uuidv7(), wish);
        const uploads = files.map(async ({ filename }) => {
          const key = `${dataset.objectPrefix}${filename}`;
          return { filename, url: (await objectStore.presignPut(key, { expiresInSeconds: urlSeconds })).url };
        });
        return { dataset, uploads: await Promise.all(uploads) };
      },
      { maxAnswerBytes },
    ),
    handle(listDatasets, async (page) => {
      const found = await listDatasetViews(database, page);
      const datasets = firstThatFit(found.views);
      return { datasets, isLast: found.isLast && datasets.length === found.views.length };
    }),
    handle(
      getDataset,
      async ({ tenantId, name }) => {
        const { dataset, files } = await getDatasetRows(database, tenantId, name);
        const shown = files.map(async ({ object_key: objectKey, ...file }) => {
          const url = await objectStore.presignGet(objectKey, { expiresInSeconds: urlSeconds });
          return { ...file, objectKey, url };
        });
        return { dataset, files: await Promise.all(shown) };
      },
      { maxAnswerBytes },
    ),
    handle(setDatasetStatus, async ({ access, name, status }) => ({
      dataset: await updateStatus(database, access, name, status),
    })),
    handle(deleteDatasets, async ({ access, names }) => {
      const deleted = await deleteDatasetRows(database, access, names, urlSeconds * 1000);
      sweepGarbage();
      return { deleted };
    }),
  ];
}
