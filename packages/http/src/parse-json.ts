import { isUtf8 } from 'node:buffer';
import { MeshError } from '@infermesh/errors';
import { isCleanText, uncleanText } from './clean-text.js';
import { locateJsonFault } from './locate-json-fault.js';
import { measureJson, type JsonMeasure } from './measure-json.js';

const maxDepth = 100;

/** Measured: the thread's handing over of a value of so many parts holds the event loop for some 10 ms. */
const maxParts = 20_000;

/**
 * JSON from outside: UTF-8 with or without a byte order mark, at most 100 levels deep and 20,000 objects, arrays and keys,
 * no key `__proto__`, no NUL and no half of a surrogate pair.
 *
 * @throws MeshError BAD_REQUEST with line and column; BODY_TOO_LARGE for too many parts
 */
export function parseJson(bytes: Uint8Array, measure: JsonMeasure = measureJson(bytes)): unknown {
  if (bytes.length === 0) throw new MeshError('BAD_REQUEST', 'the body is empty, JSON was expected');
  if (measure.depth > maxDepth) {
    throw new MeshError('BAD_REQUEST', `the JSON is nested over ${String(maxDepth)} levels deep`);
  }
  if (measure.partCount > maxParts) {
    throw new MeshError('BODY_TOO_LARGE', `the JSON has over ${String(maxParts)} objects, arrays and keys`);
  }
  if (!isUtf8(bytes)) throw new MeshError('BAD_REQUEST', 'the body is not UTF-8');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .replace(/^\uFEFF/u, '');
  const value = parseText(text);
  if (mayHarm.test(text)) assertHarmless(value);
  return value;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const fault = locateJsonFault(text);
    const where = fault === undefined ? '' : ` at line ${String(fault.line)}, column ${String(fault.column)}`;
    throw new MeshError('BAD_REQUEST', `the body is not valid JSON${where}`, { cause: error });
  }
}

/** The key as it is or with escaped letters, an escaped NUL, an escaped surrogate: without these no value need be walked. */
const mayHarm = /__proto__|\\u(?:00|[dD][89a-fA-F])/u;

/** Without recursion, so that depth costs no stack. */
function assertHarmless(root: unknown): void {
  const waiting: unknown[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (typeof node === 'string') assertClean(node);
    else if (Array.isArray(node)) for (const child of node as unknown[]) waiting.push(child);
    else if (typeof node === 'object' && node !== null) pushMembers(node, waiting);
  }
}

function pushMembers(node: object, waiting: unknown[]): void {
  for (const key in node) {
    if (key === '__proto__') {
      throw new MeshError('BAD_REQUEST', 'the key __proto__ is not allowed', { field: '__proto__' });
    }
    assertClean(key);
    waiting.push((node as Record<string, unknown>)[key]);
  }
}

function assertClean(text: string): void {
  if (!isCleanText(text)) throw new MeshError('BAD_REQUEST', `the body has ${uncleanText}`);
}
