import type { Route } from '@infermesh/http';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { createDatasetRoute } from './create-dataset.js';
import { deleteDatasetsRoute } from './delete-datasets.js';
import { getDatasetRoute } from './get-dataset.js';
import { listDatasetsRoute } from './list-datasets.js';
import { updateDatasetRoute } from './update-dataset.js';

export function datasetRoutes(parts: EsdParts): Route<EsdCaller>[] {
  return [
    listDatasetsRoute(parts),
    createDatasetRoute(parts),
    deleteDatasetsRoute(parts),
    getDatasetRoute(parts),
    updateDatasetRoute(parts),
  ];
}
