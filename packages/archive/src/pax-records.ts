import { invalidArchive } from './entry-guard.js';

/** `<length> <key>=<value>\n`, of which the length counts the whole. */
export function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const restBytes = Buffer.byteLength(rest);
  let length = restBytes;
  while (length !== restBytes + String(length).length) length = restBytes + String(length).length;
  return Buffer.from(`${String(length)}${rest}`);
}

/** @throws MeshError BAD_REQUEST */
export function parsePaxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let start = 0; start < bytes.byteLength;) {
    const space = bytes.indexOf(0x20, start);
    const length = Number(bytes.toString('latin1', start, space));
    const equals = bytes.indexOf(0x3d, space);
    const end = start + length;
    if (
      space === -1 ||
      !Number.isInteger(length) ||
      length < 5 ||
      end > bytes.byteLength ||
      equals === -1 ||
      equals >= end
    )
      throw invalidArchive('an extended header cannot be read');
    records.set(bytes.toString('utf8', space + 1, equals), bytes.toString('utf8', equals + 1, end - 1));
    start = end;
  }
  return records;
}
