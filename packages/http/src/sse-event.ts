/** One server-sent event. Line ends inside `data` become further `data:` lines. */
export interface SseEvent {
  readonly data: string;
  readonly event?: string;
  readonly id?: string;
  /** Asks the client to wait this long before it connects again. */
  readonly retryMs?: number;
}

const oneLine = (text: string): string => text.replace(/[\r\n\0]/gu, ' ');

/** The bytes of an event on the wire, with its final empty line. */
export function formatSseEvent({ data, event, id, retryMs }: SseEvent): string {
  let frame = '';
  if (event !== undefined) frame += `event: ${oneLine(event)}\n`;
  if (id !== undefined) frame += `id: ${oneLine(id)}\n`;
  if (retryMs !== undefined) frame += `retry: ${String(retryMs)}\n`;
  for (const line of data.split(/\r\n|\r|\n/u)) frame += `data: ${line}\n`;
  return `${frame}\n`;
}
