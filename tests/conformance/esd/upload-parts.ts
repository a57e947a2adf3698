export interface PartTag {
  readonly ETag: string;
  readonly PartNumber: number;
}

/** Puts raw bytes to each URL, without a content type, and reads the tag from the header of the answer. */
export async function uploadParts(urls: readonly string[], pieces: readonly Buffer[]): Promise<PartTag[]> {
  return Promise.all(
    pieces.map(async (piece, index) => {
      const answer = await fetch(urls[index] ?? '', { method: 'PUT', body: new Uint8Array(piece) });
      if (answer.status !== 200) throw new Error(`part ${index + 1} answered ${answer.status}: ${await answer.text()}`);
      return { ETag: answer.headers.get('etag') ?? '', PartNumber: index + 1 };
    }),
  );
}
