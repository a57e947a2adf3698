/** What the bytes of a file are. `pickle` holds code for Python: it is stored, and never loaded by the mesh. */
export type FileFormat = 'safetensors' | 'onnx' | 'gguf' | 'pickle' | 'zip' | 'text' | 'unknown';

export interface FileFacts {
  readonly format: FileFormat;
  /** Files that an ONNX model keeps its weights in, as it names them. */
  readonly externalData: readonly string[];
}
