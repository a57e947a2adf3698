import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { convertMedia, maxInlineMediaBytes, openMedia, probeMedia } from '@infermesh/contracts';
import { toMeshError } from '@infermesh/errors';
import { handle, type CallHandler, type HandlerContext } from '@infermesh/job-queue';
import type { MediaTools } from '@infermesh/media';
import type { Logger, Metrics } from '@infermesh/telemetry';
import type { z } from 'zod';
import type { Admission } from '../admission.js';
import type { Transfers } from '../transfers.js';

export interface MediaCallParts {
  readonly tools: MediaTools;
  readonly transfers: Transfers;
  readonly admission: Admission;
  readonly scratchFolder: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** What others ask of the media converter. */
export function mediaCalls(parts: MediaCallParts): CallHandler[] {
  const { tools, transfers, logger } = parts;
  return [
    handle(openMedia, ({ count }) => transfers.open(count)),
    handle(probeMedia, ({ source, decode, limits }, context) =>
      work(parts, 'probe', context, async (folder) => {
        const input = await transfers.read(source, folder, context.signal);
        return { attributes: await tools.probe(input, { ...limitsOf(context), limits, decode }) };
      }),
    ),
    handle(convertMedia, ({ source, wanted, limits, tempFiles }, context) =>
      work(parts, wanted.kind, context, async (folder) => {
        const input = await transfers.read(source, folder, context.signal);
        const converted = await tools.convert(input, wanted, { ...limitsOf(context), limits, tempFiles });
        const { before, after, bytes, mismatches } = converted;
        if (mismatches.length > 0) logger.warn({ mismatches, before, after }, 'converted media are not as wanted');
        return { before, after, mismatches, output: await deliver(transfers, bytes, context) };
      }),
    ),
  ];
}

function limitsOf({ signal, deadlineAt }: HandlerContext): Pick<HandlerContext, 'signal' | 'deadlineAt'> {
  return { signal, deadlineAt };
}

type Output = z.input<(typeof convertMedia)['response']>['output'];

async function deliver(transfers: Transfers, bytes: Buffer | null, { signal }: HandlerContext): Promise<Output> {
  if (bytes === null) return { kind: 'source' };
  if (bytes.byteLength <= maxInlineMediaBytes) return { kind: 'inline', base64: bytes.toString('base64') };
  return { kind: 'url', ...(await transfers.deliver(bytes, signal)) };
}

/** Waits for a slot; `folder` makes a folder for what is too large to be held, which goes with the call. */
async function work<Result>(
  { admission, scratchFolder, metrics }: MediaCallParts,
  kind: 'probe' | 'image' | 'audio' | 'video',
  { signal }: HandlerContext,
  run: (folder: () => Promise<string>) => Promise<Result>,
): Promise<Result> {
  const durations = metrics.duration({
    name: 'mesh_media_duration_seconds',
    help: 'Probing or converting one file, without the wait for a slot',
    labels: ['kind', 'outcome'],
  });
  return admission.run(signal, async () => {
    const ended = durations.startTimer({ kind });
    let made: string | undefined;
    try {
      const result = await run(async () => (made ??= await mkdtemp(join(scratchFolder, 'media-'))));
      ended({ outcome: 'succeeded' });
      return result;
    } catch (error) {
      ended({ outcome: toMeshError(error).code });
      throw error;
    } finally {
      if (made !== undefined) await rm(made, { recursive: true, force: true });
    }
  });
}
