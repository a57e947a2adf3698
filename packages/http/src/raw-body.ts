import { MeshError } from '@infermesh/errors';
import { isCleanText, uncleanText } from './clean-text.js';
import type { JsonReader } from './json-reader.js';

/** A body as it came, and the ways to read it. */
export class RawBody {
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
  readonly #jsonReader: JsonReader;

  constructor(bytes: Buffer, contentType: string | undefined, jsonReader: JsonReader) {
    this.bytes = bytes;
    this.contentType = contentType;
    this.#jsonReader = jsonReader;
  }

  /** A body of some of its bytes. */
  part(start: number, end: number): RawBody {
    return new RawBody(this.bytes.subarray(start, end), this.contentType, this.#jsonReader);
  }

  /** Large bodies are parsed off the event loop. Looks at no content type. @throws MeshError BAD_REQUEST */
  json(): Promise<unknown> {
    return this.#jsonReader.read(this.bytes);
  }

  /** `multipart/form-data` or `application/x-www-form-urlencoded`. @throws MeshError BAD_REQUEST */
  async form(): Promise<FormData> {
    const form = await this.#parseForm();
    for (const [name, value] of form) {
      const text = typeof value === 'string' ? value : value.name;
      if (!isCleanText(name) || !isCleanText(text)) throw new MeshError('BAD_REQUEST', `the form has ${uncleanText}`);
    }
    return form;
  }

  async #parseForm(): Promise<FormData> {
    try {
      const headers = { 'content-type': this.contentType ?? '' };
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- the body is whole and bounded already
      return await new Response(this.bytes, { headers }).formData();
    } catch (error) {
      throw new MeshError('BAD_REQUEST', 'the body is not a valid form', { cause: error });
    }
  }
}
