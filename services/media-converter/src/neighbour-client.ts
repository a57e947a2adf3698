import type { MediaAttributes, WantedMedia } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { TimeLimit } from '@infermesh/media';
import type { AskOptions, ConvertedMedia, ConvertOptions, MediaClient } from '@infermesh/media-client';
import { doMediaWork, type MediaWorkParts } from './media-work.js';

/**
 * The media converter for who runs in the same process: the same slots, limits and refusals, without the way of the bytes through
 * message or object store, which costs more than most conversions.
 */
export function createNeighbourClient(parts: MediaWorkParts): MediaClient {
  return {
    probe: (bytes, { decode, limits, ...options }) =>
      within(options, (signal) =>
        doMediaWork(parts, 'probe', { signal }, () =>
          parts.tools.probe(bytes, { signal, deadlineAt: options.deadlineAt, limits, decode }),
        ),
      ),
    convertImage: (bytes, wanted, options) => convert(parts, bytes, { kind: 'image', ...wanted }, options),
    convertAudio: (bytes, wanted, options) => convert(parts, bytes, { kind: 'audio', ...wanted }, options),
    convertVideo: (bytes, wanted, options) => convert(parts, bytes, { kind: 'video', ...wanted }, options),
  };
}

function convert<Wanted extends WantedMedia>(
  parts: MediaWorkParts,
  bytes: Uint8Array,
  wanted: Wanted,
  { limits, tempFiles, ...options }: ConvertOptions,
): Promise<ConvertedMedia<Extract<MediaAttributes, { kind: Wanted['kind'] }>>> {
  return within(options, (signal) =>
    doMediaWork(parts, wanted.kind, { signal }, async () => {
      const limited = { signal, deadlineAt: options.deadlineAt, limits, tempFiles };
      const { before, after, bytes: made, mismatches } = await parts.tools.convert(bytes, wanted, limited);
      if (!isOfKind(after, wanted)) throw new MeshError('INTERNAL', `the media converter made ${after.kind}`);
      if (mismatches.length > 0) parts.logger.warn({ mismatches, before, after }, 'converted media are not as wanted');
      return { bytes: made ?? bytes, isUntouched: made === null, before, after, mismatches };
    }),
  );
}

/** The wait for a slot ends with the deadline too. */
async function within<Result>(options: AskOptions, ask: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  using limit = new TimeLimit(options);
  return await ask(limit.signal);
}

function isOfKind<Wanted extends WantedMedia>(
  attributes: MediaAttributes,
  { kind }: Wanted,
): attributes is Extract<MediaAttributes, { kind: Wanted['kind'] }> {
  return attributes.kind === kind;
}
