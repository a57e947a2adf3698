import {
  convertMedia,
  maxInlineMediaBytes,
  probeMedia,
  type MediaAttributes,
  type MediaSource,
  type WantedMedia,
} from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import type { AskOptions, ConvertedMedia, ConvertOptions, MediaClient } from './media-client.js';
import { SentMedia } from './sent-media.js';
import { downloadBytes, uploadBytes } from './transfer-bytes.js';
import { TransferStock } from './transfer-stock.js';

interface Parts {
  readonly jobQueue: JobQueue;
  readonly transfers: TransferStock;
  readonly sent: SentMedia;
}

/** @param jobQueue whose user of Redis may call the queue `media` */
export function createMediaClient(jobQueue: JobQueue): MediaClient {
  const parts = { jobQueue, transfers: new TransferStock(jobQueue), sent: new SentMedia() };
  return {
    probe: (bytes, options) =>
      withSource(parts, bytes, options, async (source) => {
        const { attributes } = await jobQueue.call(
          probeMedia,
          { source, decode: options.decode, limits: options.limits },
          callOptions(options),
        );
        return attributes;
      }),
    convertImage: (bytes, wanted, options) => convert(parts, bytes, { kind: 'image', ...wanted }, options),
    convertAudio: (bytes, wanted, options) => convert(parts, bytes, { kind: 'audio', ...wanted }, options),
    convertVideo: (bytes, wanted, options) => convert(parts, bytes, { kind: 'video', ...wanted }, options),
  };
}

function callOptions({ deadlineAt, signal }: AskOptions): { deadlineAt: number; signal?: AbortSignal } {
  return signal === undefined ? { deadlineAt } : { deadlineAt, signal };
}

function convert<Wanted extends WantedMedia>(
  parts: Parts,
  bytes: Uint8Array,
  wanted: Wanted,
  options: ConvertOptions,
): Promise<ConvertedMedia<Extract<MediaAttributes, { kind: Wanted['kind'] }>>> {
  const { limits, tempFiles } = options;
  return withSource(parts, bytes, options, async (source) => {
    const answer = await parts.jobQueue.call(convertMedia, { source, wanted, limits, tempFiles }, callOptions(options));
    const { before, after, mismatches, output } = answer;
    if (!isOfKind(after, wanted)) throw new MeshError('INTERNAL', `the media converter made ${after.kind}`);
    const isUntouched = output.kind === 'source';
    return { bytes: await readOutput(bytes, output, options), isUntouched, before, after, mismatches };
  });
}

function isOfKind<Wanted extends WantedMedia>(
  attributes: MediaAttributes,
  { kind }: Wanted,
): attributes is Extract<MediaAttributes, { kind: Wanted['kind'] }> {
  return attributes.kind === kind;
}

type Output = Awaited<ReturnType<typeof convertMedia.response.parse>>['output'];

async function readOutput(source: Uint8Array, output: Output, options: AskOptions): Promise<Uint8Array> {
  if (output.kind === 'source') return source;
  if (output.kind === 'inline') return Buffer.from(output.base64, 'base64');
  return downloadBytes(output, untilDeadline(options));
}

/** Shows the bytes to the converter, in the message or through the object store. */
async function withSource<Result>(
  { transfers, sent }: Parts,
  bytes: Uint8Array,
  options: AskOptions,
  ask: (source: MediaSource) => Promise<Result>,
): Promise<Result> {
  if (bytes.byteLength <= maxInlineMediaBytes) {
    return ask({
      kind: 'inline',
      base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    });
  }
  const known = sent.find(bytes);
  if (known !== undefined) {
    try {
      return await ask({ kind: 'transfer', transferId: known });
    } catch (error) {
      if (!(error instanceof MeshError) || error.code !== 'OBJECT_NOT_FOUND') throw error;
    }
  }
  const { transferId, put } = await transfers.take(bytes.byteLength, callOptions(options));
  await uploadBytes(put, bytes, untilDeadline(options));
  sent.remember(bytes, transferId);
  return ask({ kind: 'transfer', transferId });
}

function untilDeadline({ signal, deadlineAt }: AskOptions): AbortSignal {
  const deadline = AbortSignal.timeout(Math.max(0, deadlineAt - Date.now()));
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
}
