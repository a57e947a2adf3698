import { describe, expect, it } from '@jest/globals';
import type { FileFacts } from './file-format.js';
import { FormatProbe } from './format-probe.js';

/** In pieces of so many bytes. */
function probe(path: string, bytes: Buffer, pieceBytes = bytes.byteLength): FileFacts {
  const found = new FormatProbe(path, bytes.byteLength);
  for (let start = 0; start < bytes.byteLength; start += pieceBytes)
    found.push(bytes.subarray(start, start + pieceBytes));
  return found.facts;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** A length-delimited field of protobuf. */
function field(number: number, ...content: (Buffer | string)[]): Buffer {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)));
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.byteLength), bytes]);
}

const externalTensor = (location: string): Buffer =>
  field(
    5,
    field(8, 'weight'),
    field(13, field(1, 'location'), field(2, location)),
    field(13, field(1, 'length'), field(2, '4')),
  );

/** ir_version 8, and a graph of these parts. */
const onnx = (...graph: Buffer[]): Buffer => Buffer.concat([Buffer.from([8, 8]), field(7, ...graph)]);

function safetensors(header: object | string, dataBytes: number): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.byteLength));
  return Buffer.concat([length, text, Buffer.alloc(dataBytes)]);
}

const tensor = (end: number) => ({ __metadata__: { a: 'b' }, w: { dtype: 'F32', shape: [1], data_offsets: [0, end] } });

describe.each([1, 7, 1_000_000])('in pieces of %i bytes', (pieceBytes) => {
  const weights = field(5, field(9, Buffer.alloc(3_000, 8)));
  const nested = field(1, field(4, 'If'), field(5, field(6, externalTensor('deep.bin'))));

  it.each<[string, string, Buffer, FileFacts]>([
    ['safetensors', 'm', safetensors(tensor(4), 4), { format: 'safetensors', externalData: [] }],
    [
      'a tensor outside of the file',
      'm.safetensors',
      safetensors(tensor(5), 4),
      { format: 'unknown', externalData: [] },
    ],
    ['a header that is no JSON', 'm.safetensors', safetensors('{"a', 4), { format: 'unknown', externalData: [] }],
    ['an ONNX model', 'm.onnx', onnx(weights), { format: 'onnx', externalData: [] }],
    [
      'one with weights elsewhere',
      'm.bin',
      onnx(weights, externalTensor('a.data'), nested, externalTensor('a.data')),
      { format: 'onnx', externalData: ['a.data', 'deep.bin'] },
    ],
    ['one without a graph', 'm.onnx', Buffer.from([8, 8]), { format: 'unknown', externalData: [] }],
    ['one cut off', 'm.onnx', onnx(weights).subarray(0, 500), { format: 'unknown', externalData: [] }],
    ['a pickle', 'm.pkl', Buffer.from([0x80, 2, 0x7d, 0x2e]), { format: 'pickle', externalData: [] }],
    [
      'a pickle of PyTorch, which is a zip',
      'm.ckpt',
      Buffer.from('PK\x03\x04....'),
      { format: 'pickle', externalData: [] },
    ],
    ['a zip', 'm.zip', Buffer.from('PK\x03\x04....'), { format: 'zip', externalData: [] }],
    ['GGUF', 'm', Buffer.from('GGUF....'), { format: 'gguf', externalData: [] }],
    ['text', 'tokenizer.json', Buffer.from('{"a":1}'), { format: 'text', externalData: [] }],
    ['anything', 'm.safetensors', Buffer.alloc(5_000, 0xee), { format: 'unknown', externalData: [] }],
    ['one byte', 'm.onnx', Buffer.from([8]), { format: 'unknown', externalData: [] }],
    ['nothing', 'm.onnx', Buffer.alloc(0), { format: 'unknown', externalData: [] }],
  ])('knows %s', (_name, path, bytes, facts) => {
    expect(probe(path, bytes, pieceBytes)).toEqual(facts);
  });
});

it('does not read a header that is too long', () => {
  const bytes = safetensors(tensor(4), 4);
  bytes.writeBigUInt64LE(0xffffffffffn);
  expect(probe('m.safetensors', bytes)).toEqual({ format: 'unknown', externalData: [] });
});

it('gives up on graphs that nest too deep', () => {
  let graph = field(5, field(8, 'w'));
  for (let depth = 0; depth < 30; depth += 1) graph = field(1, field(5, field(6, graph)));
  expect(probe('m.onnx', onnx(graph))).toEqual({ format: 'unknown', externalData: [] });
});
