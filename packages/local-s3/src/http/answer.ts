import type { Readable } from 'node:stream';
import { writeXml, type XmlNode } from '../xml/write-xml.js';

/** What an operation answers; the server adds what every answer has. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes and streams need their `content-length` among the headers. */
  readonly body?: string | Buffer | Readable;
}

export function xmlAnswer(document: XmlNode, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, headers: { ...headers, 'content-type': 'application/xml' }, body: writeXml(document) };
}

export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers };
}
