import type { MediaConverter } from '@infermesh/aime-endpoints';
import { MeshError } from '@infermesh/errors';
import type { ConvertOptions, ConvertedMedia, MediaClient } from '@infermesh/media-client';
import type { MediaAttributes } from '@infermesh/contracts';
import { checkCodecs } from './check-codecs.js';
import { toAimeAttributes } from './to-aime-attributes.js';
import { toWantedMedia, type WantedMedia } from './to-wanted-media.js';

export interface MediaConverterOptions {
  readonly client: MediaClient;
  /** For one probe or one conversion, transfers and the wait for a slot included; default 60 s. */
  readonly timeoutMs?: number;
}

/** What AIME's endpoints ask of media, answered by the media converter. */
export function createMediaConverter({ client, timeoutMs = 60_000 }: MediaConverterOptions): MediaConverter {
  return {
    async probe(bytes, { decode }, signal) {
      const deadlineAt = Date.now() + timeoutMs;
      return toAimeAttributes(await client.probe(bytes, { decode, deadlineAt, signal }));
    },
    async convert(bytes, target, signal) {
      const { inputTempFile: input, outputTempFile: output } = target;
      const options = { deadlineAt: Date.now() + timeoutMs, signal, tempFiles: { input, output } };
      const converted = await convert(client, bytes, toWantedMedia(target), options).catch(refuseImpossible);
      const attributes = toAimeAttributes(converted.after);
      checkCodecs(attributes, target);
      return { bytes: converted.bytes, attributes };
    },
  };
}

function convert(
  client: MediaClient,
  bytes: Uint8Array,
  wanted: WantedMedia,
  options: ConvertOptions,
): Promise<ConvertedMedia<MediaAttributes>> {
  switch (wanted.kind) {
    case 'image':
      return client.convertImage(bytes, wanted, options);
    case 'audio':
      return client.convertAudio(bytes, wanted, options);
    case 'video':
      return client.convertVideo(bytes, wanted, options);
  }
}

/** Wishes that contradict each other come from the endpoint's file and from what was sent: the sender may send something else. */
function refuseImpossible(error: unknown): never {
  if (!(error instanceof MeshError) || error.code !== 'BAD_REQUEST') throw error;
  throw new MeshError('MEDIA_INVALID', `cannot be converted to what is expected here: ${error.message}`, {
    cause: error,
  });
}
