import { isUtf8 } from 'node:buffer';
import { MeshError } from '@infermesh/errors';
import { locateJsonFault } from './locate-json-fault.js';

const maxDepth = 100;

/**
 * JSON from outside: UTF-8 with or without a byte order mark, at most 100 levels deep, no key `__proto__`.
 *
 * @throws MeshError BAD_REQUEST with line and column
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new MeshError('BAD_REQUEST', 'the body is empty, JSON was expected');
  if (!isUtf8(bytes)) throw new MeshError('BAD_REQUEST', 'the body is not UTF-8');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .replace(/^\uFEFF/u, '');
  const value = parseText(text);
  if (typeof value === 'object' && value !== null) assertHarmless(value);
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

/** Level by level, so that depth costs no stack. */
function assertHarmless(root: object): void {
  let level: object[] = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw new MeshError('BAD_REQUEST', `the JSON is nested over ${String(maxDepth)} levels deep`);
    level = level.flatMap(childrenOf);
  }
}

function childrenOf(node: object): object[] {
  if (!Array.isArray(node) && Object.hasOwn(node, '__proto__')) {
    throw new MeshError('BAD_REQUEST', 'the key __proto__ is not allowed', { field: '__proto__' });
  }
  const children: object[] = [];
  for (const child of Object.values(node) as unknown[]) {
    if (typeof child === 'object' && child !== null) children.push(child);
  }
  return children;
}
