import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { MeshError } from '@infermesh/errors';
import { checkOnnxFile } from './check-onnx-file.js';
import type { CheckpointFile } from './checkpoint-file.js';
import type { ExecutionProvider } from './execution-provider.js';
import type { ModelSession, SessionFactory, SessionSettings } from './session-factory.js';
import type { Tensor, TensorInfo, TensorType } from './tensor.js';

type Ort = typeof import('onnxruntime-node');

const errorsOnly = 3;

/** Sessions of onnxruntime-node, which is loaded at the first `open`: only model processes ever get there. */
export class OnnxSessionFactory implements SessionFactory {
  readonly #settings: SessionSettings;
  #executionProvider: ExecutionProvider | null = null;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** The provider of the latest session; null before the first. */
  get executionProvider(): ExecutionProvider | null {
    return this.#executionProvider;
  }

  async open(checkpoint: CheckpointFile): Promise<ModelSession> {
    const { metadata } = await checkOnnxFile(checkpoint);
    const { default: ort } = (await import('onnxruntime-node')) as unknown as { default: Ort };
    const { session, executionProvider } = await this.#create(ort, checkpoint.path);
    this.#executionProvider = executionProvider;
    return {
      inputs: session.inputMetadata.map(toTensorInfo),
      outputs: session.outputMetadata.map(toTensorInfo),
      metadata,
      executionProvider,
      run: async (inputs) => fromOrt(await session.run(toOrt(ort, inputs))),
      release: () => session.release(),
    };
  }

  async #create(ort: Ort, path: string): Promise<{ session: InferenceSession; executionProvider: ExecutionProvider }> {
    const failures: unknown[] = [];
    for (const executionProvider of this.#settings.executionProviders) {
      try {
        const session = await ort.InferenceSession.create(path, {
          executionProviders: [executionProvider],
          graphOptimizationLevel: 'all',
          intraOpNumThreads: this.#settings.threads,
          interOpNumThreads: 1,
          logSeverityLevel: errorsOnly,
        });
        return { session, executionProvider };
      } catch (error) {
        failures.push(error);
      }
    }
    throw new MeshError('CHECKPOINT_CORRUPT', 'the checkpoint cannot be loaded: onnxruntime refuses the model', {
      cause: failures.at(-1),
    });
  }
}

const tensorTypes: readonly string[] = [
  'float32',
  'float64',
  'float16',
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
] satisfies TensorType[];

function isTensorType(type: string): type is TensorType {
  return tensorTypes.includes(type);
}

function toTensorInfo(info: InferenceSession.ValueMetadata): TensorInfo {
  if (!info.isTensor) return { name: info.name, type: 'other', dims: [] };
  return { name: info.name, type: isTensorType(info.type) ? info.type : 'other', dims: info.shape };
}

function toOrt(ort: Ort, inputs: Readonly<Record<string, Tensor>>): Record<string, OrtTensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data as never, dims)]),
  );
}

function fromOrt(outputs: InferenceSession.ReturnType): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, value]) => {
      const { type, data, dims } = value;
      return isTensorType(type) ? [[name, { type, data, dims } as Tensor]] : [];
    }),
  );
}
