/** A few fields of onnx.proto, enough to write tiny models by hand, well-formed ones and others. */
type Field = readonly [number, number | string | Buffer];

/** One protobuf message: `[field number, value]`; a number is a varint, the rest is length-delimited. */
export function message(...fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
      const bytes = Buffer.from(value);
      return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
    }),
  );
}

function varint(value: number): Buffer {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

const floatType = 1;

/** A float tensor with one free dimension. */
const valueInfo = (name: string): Buffer =>
  message([1, name], [2, message([1, message([1, floatType], [2, message([1, message([2, 'n'])])])])]);

export const node = (
  operator: string,
  inputs: readonly string[],
  output: string,
  domain = '',
  ...more: readonly Field[]
): Buffer => message(...inputs.map((input) => [1, input] as const), [2, output], [4, operator], [7, domain], ...more);

export interface ModelParts {
  readonly nodes: readonly Buffer[];
  readonly initializers?: readonly Buffer[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly more?: readonly Field[];
}

/** A model with one input `x` and one output `y`. */
export function model({ nodes, initializers = [], metadata = {}, more = [] }: ModelParts): Buffer {
  const graph = message(
    ...nodes.map((bytes) => [1, bytes] as const),
    [2, 'graph'],
    ...initializers.map((bytes) => [5, bytes] as const),
    [11, valueInfo('x')],
    [12, valueInfo('y')],
  );
  const pairs = Object.entries(metadata).map(([key, value]) => [14, message([1, key], [2, value])] as const);
  return message([1, 8], [8, message([1, ''], [2, 17])], [7, graph], ...pairs, ...more);
}

/** The weight `w`, two floats, kept in another file. */
export const externalWeight = (location: string): Buffer =>
  message(
    [1, 2],
    [2, floatType],
    [8, 'w'],
    [13, message([1, 'location'], [2, location])],
    [13, message([1, 'length'], [2, '8'])],
    [14, 1],
  );
