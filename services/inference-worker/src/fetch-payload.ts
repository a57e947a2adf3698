import type { JobClaim, PayloadOffer } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { AttemptParts } from './attempt-parts.js';
import { downloadFile } from './download-file.js';
import { getFreshUrls } from './fresh-urls.js';
import type { ScratchFolder } from './scratch-folder.js';

/**
 * Downloads what the entry offers, before the claim is granted: nothing is done with it until then.
 *
 * @returns whether the payload is there; whatever went wrong, `fetchPayload` finds out why
 */
export async function fetchOffered(
  { connections, logger }: AttemptParts,
  { url, maxBytes }: PayloadOffer,
  scratch: ScratchFolder,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { payloadPath: path, ready: folderReady } = scratch;
    await downloadFile(connections, { url, path, folderReady, maxBytes, what: 'payload', signal });
    return true;
  } catch (error) {
    if (!signal.aborted) logger.debug({ err: error }, 'the offered payload could not be fetched');
    return false;
  }
}

/** Downloads the payload of a claimed job. A URL that has expired is renewed once. @throws MeshError PAYLOAD_MISSING, and as `downloadFile` does */
export async function fetchPayload(
  parts: AttemptParts,
  claim: JobClaim,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  if (claim.payload === null) return;
  const { url, maxBytes } = claim.payload;
  const download = { path, maxBytes, what: 'payload', signal };
  try {
    await downloadFile(parts.connections, { ...download, url });
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    if (error.code === 'OBJECT_NOT_FOUND') {
      throw new MeshError(
        'PAYLOAD_MISSING',
        'the payload was never uploaded: create the job again, PUT the payload to its upload URL, then start it',
      );
    }
    if (error.code !== 'FORBIDDEN') throw error;
    const fresh = await getFreshUrls(parts, claim);
    if (fresh.payloadUrl === null) throw error;
    await downloadFile(parts.connections, { ...download, url: fresh.payloadUrl });
  }
}
