import { z } from 'zod';

/** What callers tell the consumers of a queue about one job or call. */
const controlMessage = z.object({ op: z.enum(['cancel', 'pause', 'resume']), id: z.string() });
export type ControlMessage = z.infer<typeof controlMessage>;

export function parseControlMessage(text: string): ControlMessage | undefined {
  try {
    return controlMessage.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
