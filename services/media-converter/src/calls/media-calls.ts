import { convertMedia, maxInlineMediaBytes, openMedia, probeMedia } from '@infermesh/contracts';
import { handle, type CallHandler, type HandlerContext } from '@infermesh/job-queue';
import type { z } from 'zod';
import { doMediaWork, type MediaWorkParts } from '../media-work.js';
import type { Transfers } from '../transfers.js';

/** What others ask of the media converter. */
export function mediaCalls(parts: MediaWorkParts & { readonly transfers: Transfers }): CallHandler[] {
  const { tools, transfers, logger } = parts;
  return [
    handle(openMedia, ({ count }) => transfers.open(count)),
    handle(probeMedia, ({ source, decode, limits }, context) =>
      doMediaWork(parts, 'probe', context, async (folder) => {
        const input = await transfers.read(source, folder, context.signal);
        return { attributes: await tools.probe(input, { ...limitsOf(context), limits, decode }) };
      }),
    ),
    handle(convertMedia, ({ source, wanted, limits, tempFiles }, context) =>
      doMediaWork(parts, wanted.kind, context, async (folder) => {
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
