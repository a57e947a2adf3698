const textNames = ['job_id', 'job_type', 'auth', 'auth_key'] as const;
const textValue = /^\s{0,100}:\s{0,100}"([^"\\]{1,2000})"/u;
const numberValue = /^\s{0,100}:\s{0,100}(\d{1,9}(?:\.\d{1,9})?)/u;

/** Of a colon, blanks and a value as long as they may be. */
const mostValueBytes = 8_300;

/** A name may stand in what a model made up too. */
const mostTries = 3;

export type WorkerEnvelope = Readonly<Partial<Record<(typeof textNames)[number], string>>> & {
  readonly progress?: number;
};

/**
 * Of what a worker sends, what is needed to tell which job it is about, and how far that is: what can be read of a text that is no
 * JSON that we take. A worker in Python writes NaN, a model half of a surrogate pair.
 *
 * Only the places of the names are looked at: anybody may send bodies of many megabytes, and this holds the event loop.
 */
export function findEnvelope(bytes: Buffer): WorkerEnvelope {
  const texts = textNames.flatMap((name) => {
    const text = findLast(bytes, name, textValue);
    return text === undefined ? [] : [[name, text] as const];
  });
  const progress = findLast(bytes, 'progress', numberValue);
  return { ...Object.fromEntries(texts), ...(progress === undefined ? {} : { progress: Number(progress) }) };
}

/** As a parser takes it, the last of several counts. */
function findLast(bytes: Buffer, name: string, value: RegExp): string | undefined {
  const key = Buffer.from(`"${name}"`);
  let end = bytes.length;
  for (let tries = 0; tries < mostTries && end > 0; tries += 1) {
    const at = bytes.subarray(0, end).lastIndexOf(key);
    if (at === -1) return undefined;
    const start = at + key.length;
    const match = value.exec(bytes.toString('utf8', start, start + mostValueBytes));
    if (match !== null) return match[1];
    end = at;
  }
  return undefined;
}
