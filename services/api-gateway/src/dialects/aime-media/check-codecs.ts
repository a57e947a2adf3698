import type { MediaAttributes, MediaTarget } from '@infermesh/aime-endpoints';
import { MeshError } from '@infermesh/errors';

/**
 * Each format is made with one codec, which nobody can choose.
 *
 * @throws MeshError MEDIA_INVALID when the endpoint asks for another
 */
export function checkCodecs(made: MediaAttributes, target: MediaTarget): void {
  for (const name of ['audioCodec', 'videoCodec'] as const) {
    const [codec, wanted] = [made[name], target[name]];
    if (wanted === null || codec === null || codec === wanted) continue;
    throw new MeshError(
      'MEDIA_INVALID',
      `cannot be converted: ${made.formats[0]} is made with ${codec}, not ${wanted}`,
    );
  }
}
