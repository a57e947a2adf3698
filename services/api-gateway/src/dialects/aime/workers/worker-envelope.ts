/** Of what a worker sends, what is needed to tell which job it is about, and how far that is. */
const envelopeField =
  /"(job_id|job_type|auth|auth_key)"\s*:\s*"([^"\\]{1,2000})"|"(progress)"\s*:\s*(\d{1,9}(?:\.\d{1,9})?)/gu;

export type WorkerEnvelope = Readonly<Partial<Record<'job_id' | 'job_type' | 'auth' | 'auth_key', string>>> & {
  readonly progress?: number;
};

/** What can be read of a text that is no JSON that we take: a worker in Python writes NaN, a model half of a surrogate pair. */
export function findEnvelope(bytes: Buffer): WorkerEnvelope {
  const fields = [...bytes.toString('utf8').matchAll(envelopeField)].map(([, name, text, numberName, number]) =>
    name === undefined ? [numberName, Number(number)] : [name, text],
  );
  return Object.fromEntries(fields) as WorkerEnvelope;
}
