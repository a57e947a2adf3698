import type { FileFacts, FileFormat } from './file-format.js';
import { walkOnnx } from './onnx-walk.js';
import type { Walk, Wish } from './protobuf-walk.js';
import { walkSafetensors } from './safetensors-walk.js';

const headBytes = 16;
const textEndings = /\.(?:ya?ml|json|txt|md|vocab)$/iu;
const torchEndings = /\.(?:ckpt|pt|pth|bin)$/iu;

/** Finds out what a file is while its bytes pass by. A file is what its bytes say; names only help where those may say several things. */
export class FormatProbe {
  readonly #path: string;
  readonly #walk: Walk<FileFacts>;
  #wish: Wish | undefined;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #facts: FileFacts = { format: 'unknown', externalData: [] };

  constructor(path: string, sizeBytes: number) {
    this.#path = path;
    this.#walk = this.#look(sizeBytes);
    this.#advance(Buffer.alloc(0));
  }

  get facts(): FileFacts {
    return this.#facts;
  }

  /** The next bytes of the file. */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.byteLength > 0 && this.#wish !== undefined)
      rest = 'skip' in this.#wish ? this.#pass(rest, this.#wish.skip) : this.#gather(rest, this.#wish.take);
  }

  #pass(bytes: Buffer, wantedBytes: number): Buffer {
    const passedBytes = Math.min(wantedBytes, bytes.byteLength);
    if (passedBytes === wantedBytes) this.#advance(Buffer.alloc(0));
    else this.#wish = { skip: wantedBytes - passedBytes };
    return bytes.subarray(passedBytes);
  }

  #gather(bytes: Buffer, wantedBytes: number): Buffer {
    const missingBytes = wantedBytes - this.#gatheredBytes;
    const piece = bytes.subarray(0, missingBytes);
    if (piece.byteLength === wantedBytes) this.#advance(piece);
    else {
      this.#gathered.push(piece);
      this.#gatheredBytes += piece.byteLength;
      if (this.#gatheredBytes === wantedBytes) this.#advance(Buffer.concat(this.#gathered));
    }
    return bytes.subarray(piece.byteLength);
  }

  #advance(bytes: Buffer): void {
    this.#gathered = [];
    this.#gatheredBytes = 0;
    const { done, value } = this.#walk.next(bytes);
    if (done === true) {
      this.#wish = undefined;
      this.#facts = value;
    } else this.#wish = value;
  }

  *#look(sizeBytes: number): Walk<FileFacts> {
    const head = yield { take: Math.max(1, Math.min(headBytes, sizeBytes)) };
    const format = this.#byMagic(head);
    if (format !== undefined) return { format, externalData: [] };
    if (head[8] === 0x7b)
      return (
        (yield* tryWalk(replay(head, walkSafetensors(sizeBytes)), () => ({
          format: 'safetensors',
          externalData: [],
        }))) ?? this.#unknown()
      );
    if (textEndings.test(this.#path)) return { format: 'text', externalData: [] };
    // every ONNX model begins with the version of its format, field 1
    if (head[0] !== 0x08 && !this.#path.endsWith('.onnx')) return this.#unknown();
    const onnx = yield* tryWalk(replay(head, walkOnnx(sizeBytes)), (facts) => facts);
    return onnx?.hasGraph === true ? { format: 'onnx', externalData: onnx.externalData } : this.#unknown();
  }

  #byMagic(head: Buffer): FileFormat | undefined {
    const magic = head.toString('latin1', 0, 4);
    if (magic === 'GGUF') return 'gguf';
    if (magic === 'PK\x03\x04') return torchEndings.test(this.#path) ? 'pickle' : 'zip';
    if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) return 'pickle';
    return undefined;
  }

  #unknown(): FileFacts {
    return { format: 'unknown', externalData: [] };
  }
}

/** A walk that is handed these bytes before those of the stream. */
function* replay<Result>(head: Buffer, walk: Walk<Result>): Walk<Result> {
  let rest = head;
  let step = walk.next(Buffer.alloc(0));
  while (step.done !== true) {
    const wish = step.value;
    const wantedBytes = 'skip' in wish ? wish.skip : wish.take;
    const known = rest.subarray(0, wantedBytes);
    rest = rest.subarray(known.byteLength);
    const missingBytes = wantedBytes - known.byteLength;
    if (missingBytes === 0) step = walk.next(known);
    else if ('skip' in wish) step = walk.next(yield { skip: missingBytes });
    else step = walk.next(Buffer.concat([known, yield { take: missingBytes }]));
  }
  return step.value;
}

/** Undefined when the bytes are not what the walk is for. */
function* tryWalk<Result, Facts>(walk: Walk<Result>, map: (result: Result) => Facts): Walk<Facts | undefined> {
  try {
    return map(yield* walk);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
