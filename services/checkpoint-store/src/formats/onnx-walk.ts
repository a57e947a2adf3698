import { walkMessage, walkOver, walkText, type Walk } from './protobuf-walk.js';

/** How deep graphs may nest in one another. */
const maxDepth = 24;

/** Field numbers are those of onnx.proto: messages by the names used there, each with the fields that lead on. */
const messages = {
  ModelProto: { 7: 'GraphProto', 20: 'TrainingInfoProto', 25: 'FunctionProto' },
  TrainingInfoProto: { 1: 'GraphProto', 2: 'GraphProto' },
  GraphProto: { 1: 'NodeProto', 5: 'TensorProto', 15: 'SparseTensorProto' },
  FunctionProto: { 7: 'NodeProto', 11: 'AttributeProto' },
  NodeProto: { 5: 'AttributeProto' },
  AttributeProto: {
    5: 'TensorProto',
    6: 'GraphProto',
    10: 'TensorProto',
    11: 'GraphProto',
    22: 'SparseTensorProto',
    23: 'SparseTensorProto',
  },
  SparseTensorProto: { 1: 'TensorProto', 2: 'TensorProto' },
  TensorProto: { 13: 'StringStringEntryProto' },
} as const satisfies Record<string, Readonly<Record<number, string>>>;

type MessageName = keyof typeof messages | 'StringStringEntryProto';

export interface OnnxFacts {
  readonly hasGraph: boolean;
  readonly externalData: readonly string[];
}

/** Where a model keeps its weights. Weights inside it are passed over. @throws RangeError when it is no ONNX model */
export function* walkOnnx(sizeBytes: number): Walk<OnnxFacts> {
  const facts = { hasGraph: false, locations: new Set<string>() };
  yield* walkNamed('ModelProto', sizeBytes, 0, facts);
  return { hasGraph: facts.hasGraph, externalData: [...facts.locations] };
}

interface Gathered {
  hasGraph: boolean;
  readonly locations: Set<string>;
}

function* walkNamed(message: MessageName, lengthBytes: number, depth: number, facts: Gathered): Walk<void> {
  if (depth > maxDepth) throw new RangeError('graphs nest too deep');
  if (message === 'StringStringEntryProto') {
    yield* walkPair(lengthBytes, facts);
    return;
  }
  const fields: Readonly<Record<number, MessageName>> = messages[message];
  yield* walkMessage(lengthBytes, (field) => {
    const next = fields[field.number];
    if (message === 'ModelProto' && next === 'GraphProto') facts.hasGraph = true;
    return next === undefined ? walkOver(field.lengthBytes) : walkNamed(next, field.lengthBytes, depth + 1, facts);
  });
}

/** Of the external data of a tensor: `location` names a file. */
function* walkPair(lengthBytes: number, { locations }: Gathered): Walk<void> {
  const pair = new Map<number, string>();
  yield* walkMessage(lengthBytes, function* ({ number, lengthBytes: textBytes }) {
    pair.set(number, yield* walkText(textBytes));
  });
  if (pair.get(1) === 'location') locations.add(pair.get(2) ?? '');
}
