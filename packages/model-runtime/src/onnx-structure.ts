import { ProtobufReader, type Range } from './protobuf-reader.js';

/** What a model file says about itself, as far as it decides whether it may be opened. */
export interface OnnxStructure {
  /** `domain:name` of every operator used, subgraphs and function bodies included; the standard domain is empty. */
  readonly operators: ReadonlySet<string>;
  /** `domain:name` of the functions that the file itself defines. */
  readonly functions: ReadonlySet<string>;
  /** Paths of files with external weights, as written in the model. */
  readonly externalData: ReadonlySet<string>;
  /** Free text pairs that the author added, for example `scale` of an upscaler. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly hasGraph: boolean;
}

/** How deep graphs may nest in one another (`If` in `Loop` in ...). */
const maxDepth = 24;

type Visit = (range: Range, depth: number) => void;
type Visits = Readonly<Record<number, Visit>>;

/**
 * Field numbers are those of onnx.proto: a public, frozen format.
 *
 * @param fd an open file of `sizeBytes` bytes
 * @throws RangeError when the file is no ONNX model
 */
export function readOnnxStructure(fd: number, sizeBytes: number): OnnxStructure {
  const walk = new OnnxWalk(new ProtobufReader(fd));
  walk.model({ start: 0, end: sizeBytes });
  return walk;
}

class OnnxWalk implements OnnxStructure {
  readonly operators = new Set<string>();
  readonly functions = new Set<string>();
  readonly externalData = new Set<string>();
  readonly metadata = new Map<string, string>();
  hasGraph = false;
  readonly #reader: ProtobufReader;

  constructor(reader: ProtobufReader) {
    this.#reader = reader;
  }

  model(range: Range): void {
    this.#visit(range, 0, {
      7: (graph, depth) => {
        this.hasGraph = true;
        this.#graph(graph, depth);
      },
      14: (pair) => {
        const [key, value] = this.#pair(pair);
        this.metadata.set(key, value);
      },
      20: (training, depth) => {
        this.#visit(training, depth, { 1: this.#graph, 2: this.#graph });
      },
      25: this.#function,
    });
  }

  readonly #graph: Visit = (range, depth) => {
    this.#visit(range, depth, { 1: this.#node, 5: this.#tensor, 15: this.#sparseTensor });
  };

  readonly #function: Visit = (range, depth) => {
    let name = '';
    let domain = '';
    this.#visit(range, depth, {
      1: (text) => (name = this.#reader.text(text)),
      7: this.#node,
      10: (text) => (domain = this.#reader.text(text)),
      11: this.#attribute,
    });
    this.functions.add(`${domain}:${name}`);
  };

  readonly #node: Visit = (range, depth) => {
    let operator = '';
    let domain = '';
    this.#visit(range, depth, {
      4: (text) => (operator = this.#reader.text(text)),
      5: this.#attribute,
      7: (text) => (domain = this.#reader.text(text)),
    });
    this.operators.add(`${domain === 'ai.onnx' ? '' : domain}:${operator}`);
  };

  readonly #attribute: Visit = (range, depth) => {
    this.#visit(range, depth, {
      5: this.#tensor,
      6: this.#graph,
      10: this.#tensor,
      11: this.#graph,
      22: this.#sparseTensor,
      23: this.#sparseTensor,
    });
  };

  readonly #tensor: Visit = (range, depth) => {
    this.#visit(range, depth, {
      13: (pair) => {
        const [key, value] = this.#pair(pair);
        if (key === 'location') this.externalData.add(value);
      },
    });
  };

  readonly #sparseTensor: Visit = (range, depth) => {
    this.#visit(range, depth, { 1: this.#tensor, 2: this.#tensor });
  };

  #pair(range: Range): [string, string] {
    let key = '';
    let value = '';
    for (const field of this.#reader.fields(range)) {
      if (field.range === null) continue;
      if (field.number === 1) key = this.#reader.text(field.range);
      if (field.number === 2) value = this.#reader.text(field.range, 1024 * 1024);
    }
    return [key, value];
  }

  #visit(range: Range, depth: number, visits: Visits): void {
    if (depth > maxDepth) throw new RangeError('graphs nest too deep');
    for (const field of this.#reader.fields(range)) {
      if (field.range !== null) visits[field.number]?.(field.range, depth + 1);
    }
  }
}
