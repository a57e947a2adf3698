import { z } from 'zod';
import { defineCall } from './call-contract.js';
import { jsonObject } from './json-object.js';

const name = z.string().min(1).max(100);
const tenantId = z.string().min(1);

export const datasetStatus = z.enum(['initial', 'enabled', 'disabled']);

const datasetFile = z.object({
  /** Where it goes below the dataset; without climbing out of it. */
  filename: z.string().min(1).max(200),
  name: z.string().max(200),
  type: z.string().max(100),
  params: jsonObject.default({}),
});

export const datasetView = z.object({
  id: z.uuid(),
  name: z.string(),
  owner: z.string(),
  status: datasetStatus,
  description: z.string(),
  allowedRoles: z.array(z.string()),
  /** Below it lie all its files. */
  objectPrefix: z.string(),
  createdAt: z.iso.datetime(),
});
export type DatasetView = z.infer<typeof datasetView>;

/** Who asks. Open to it is what it owns, and what lists one of its roles, its name, or nobody; with `seesAll` everything. */
const datasetAccess = z.object({
  tenantId,
  subject: z.string(),
  roles: z.array(z.string()),
  seesAll: z.boolean(),
});
export type DatasetAccess = z.infer<typeof datasetAccess>;

/** Makes the record, and a PUT URL for every file. @throws CONFLICT for a name that is taken; BAD_REQUEST for a file name */
export const createDataset = defineCall({
  name: 'datasets.create',
  queue: 'checkpoints',
  version: 1,
  request: z.object({
    tenantId,
    name,
    owner: name,
    description: z.string().max(2_000).default(''),
    allowedRoles: z.array(z.string()).max(100),
    files: z.array(datasetFile).min(1).max(100),
  }),
  response: z.object({
    dataset: datasetView,
    uploads: z.array(z.object({ filename: z.string(), url: z.string() })),
  }),
});

/** The newest first, as many as fit an answer, after the one with this id. */
export const listDatasets = defineCall({
  name: 'datasets.list',
  queue: 'checkpoints',
  version: 1,
  request: z.object({ tenantId, after: z.uuid().optional() }),
  response: z.object({ datasets: z.array(datasetView), isLast: z.boolean() }),
});

/** With a GET URL for every file, whether it was uploaded or not. @throws NOT_FOUND */
export const getDataset = defineCall({
  name: 'datasets.get',
  queue: 'checkpoints',
  version: 1,
  request: z.object({ tenantId, name }),
  response: z.object({
    dataset: datasetView,
    files: z.array(datasetFile.extend({ objectKey: z.string(), url: z.string() })),
  }),
});

/** @throws NOT_FOUND; FORBIDDEN for one that is not open to who asks */
export const setDatasetStatus = defineCall({
  name: 'datasets.setStatus',
  queue: 'checkpoints',
  version: 1,
  request: z.object({ access: datasetAccess, name, status: datasetStatus }),
  response: z.object({ dataset: datasetView }),
});

/** With their files. Names that are unknown, or not open to who asks, are passed over. */
export const deleteDatasets = defineCall({
  name: 'datasets.delete',
  queue: 'checkpoints',
  version: 1,
  request: z.object({ access: datasetAccess, names: z.array(name).min(1).max(100) }),
  response: z.object({ deleted: z.array(z.string()) }),
});
