import type { Route } from '@infermesh/http';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { createCheckpointRoute } from './create-checkpoint.js';
import { deleteCheckpointsRoute } from './delete-checkpoints.js';
import { listCheckpointsRoute } from './list-checkpoints.js';
import { listFilesRoute } from './list-files.js';
import { listPartsRoute } from './list-parts.js';
import { updateCheckpointRoute } from './update-checkpoint.js';

/** Dossier 6, and ours: what arrived of an upload, and what a checkpoint holds. */
export function checkpointRoutes(parts: EsdParts): Route<EsdCaller>[] {
  return [
    listCheckpointsRoute(parts),
    createCheckpointRoute(parts),
    deleteCheckpointsRoute(parts),
    updateCheckpointRoute(parts),
    listPartsRoute(parts),
    listFilesRoute(parts),
  ];
}
