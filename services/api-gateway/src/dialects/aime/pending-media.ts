import type { MediaConverter } from '@infermesh/aime-endpoints';
import { MeshError } from '@infermesh/errors';

const refuse = (): Promise<never> =>
  Promise.reject(new MeshError('SERVICE_UNAVAILABLE', 'media are not taken yet: no converter is connected'));

/** Stands where the media converter will be connected. */
export const pendingMedia: MediaConverter = { probe: refuse, convert: refuse };
