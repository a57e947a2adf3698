/** A model file on local disk. */
export interface CheckpointFile {
  /** Absolute. External data of an ONNX model lies in the same folder or below it. */
  readonly path: string;
  /** Lower-case hex digest of the file; checked when the file is opened. */
  readonly sha256: string;
}
