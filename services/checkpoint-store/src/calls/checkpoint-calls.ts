import {
  completeCheckpointFiles,
  createCheckpoint,
  deleteCheckpoints as deleteCall,
  findCheckpoints,
  getCheckpoint,
  importCheckpoints,
  listCheckpointFiles,
  listCheckpointParts,
  listCheckpoints,
  renameCheckpoint,
  setCheckpointStatus,
  signCheckpointParts,
} from '@infermesh/contracts';
import { handle, type CallHandler } from '@infermesh/job-queue';
import type { BackgroundWork } from '../background/background-work.js';
import { changeStatus } from '../change-status.js';
import { deleteCheckpoints } from '../delete-checkpoints.js';
import { beginImports } from '../imports/begin-imports.js';
import type { Janitor } from '../janitor.js';
import { listFiles } from '../list-files.js';
import type { StoreParts } from '../parts.js';
import { getVisible } from '../records/access.js';
import { findActiveCheckpoints } from '../records/find-checkpoints.js';
import { listVisible } from '../records/list-checkpoints.js';
import { startRename } from '../rename.js';
import { beginUpload } from '../uploads/begin-upload.js';
import { completeFiles } from '../uploads/complete-files.js';
import { listParts, signParts } from '../uploads/sign-parts.js';

/** A small file is looked over before its activation is answered: the job that comes next finds it. */
const waitForWorkMs = 3_000;

/** What others ask of the checkpoint store. */
export function checkpointCalls(parts: StoreParts, background: BackgroundWork, janitor: Janitor): CallHandler[] {
  const { database, objectStore } = parts;
  const { bucket } = objectStore;
  return [
    handle(findCheckpoints, (filter) => findActiveCheckpoints(database, filter)),
    handle(listCheckpoints, (filter) => listVisible(database, bucket, filter)),
    handle(getCheckpoint, async ({ access, id }) => ({ checkpoint: await getVisible(database, bucket, access, id) })),
    handle(listCheckpointFiles, (wanted) => listFiles(parts, wanted)),
    handle(createCheckpoint, async (wish, { signal }) => ({ checkpoint: await beginUpload(parts, wish, signal) })),
    handle(signCheckpointParts, (wanted) => signParts(parts, wanted)),
    handle(listCheckpointParts, (wanted, { signal }) => listParts(parts, wanted, signal)),
    handle(completeCheckpointFiles, async (wanted, { signal }) => {
      await completeFiles(parts, wanted, signal);
      return {};
    }),
    handle(setCheckpointStatus, async (wanted) => {
      const checkpoint = await changeStatus(parts, wanted);
      await background.hurry(wanted.id, waitForWorkMs);
      return { checkpoint };
    }),
    handle(renameCheckpoint, async (wanted) => {
      const outcome = await startRename(parts, wanted);
      if (outcome === 'started') background.wake();
      return { outcome };
    }),
    handle(importCheckpoints, async (wish, { signal }) => {
      const ids = await beginImports(parts, wish, signal);
      background.wake();
      return { ids };
    }),
    handle(deleteCall, async (wanted) => {
      const deleted = await deleteCheckpoints(parts, wanted);
      janitor.wake();
      return { deleted };
    }),
  ];
}
