/** One server-sent event, as a browser would hand it out. */
export interface HeardEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: HeardData;
}

export interface HeardData {
  readonly InferenceJobId?: string;
  readonly status?: string;
  readonly state?: string;
  readonly code?: string;
  readonly inference?: { readonly img_presigned_urls: readonly string[] };
}

const patienceMs = 60_000;

/** Reads an event stream to its end, one event a turn. @throws Error unless the answer is 200 `text/event-stream` */
export async function* listenTo(
  url: string,
  key: string,
  lastEventId?: string,
): AsyncGenerator<HeardEvent, void, undefined> {
  const answer = await fetch(url, {
    headers: { 'x-api-key': key, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
    signal: AbortSignal.timeout(patienceMs),
  });
  if (answer.status !== 200 || answer.headers.get('content-type') !== 'text/event-stream' || answer.body === null)
    throw new Error(`${url} answered ${String(answer.status)}: ${await answer.text()}`);
  let rest = '';
  for await (const piece of answer.body.pipeThrough(new TextDecoderStream()) as AsyncIterable<string>) {
    const frames = `${rest}${piece}`.split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) if (!frame.startsWith(':')) yield parseFrame(frame);
  }
}

function parseFrame(frame: string): HeardEvent {
  const fields = new Map(
    frame.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  return {
    event: fields.get('event') ?? 'message',
    id: fields.get('id'),
    data: JSON.parse(fields.get('data') ?? 'null') as HeardData,
  };
}
