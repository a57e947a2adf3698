interface TensorDataByType {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  /** Raw half floats. */
  readonly float16: Uint16Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly uint16: Uint16Array;
  readonly uint32: Uint32Array;
  readonly uint64: BigUint64Array;
  readonly bool: Uint8Array;
}

export type TensorType = keyof TensorDataByType;

/** Numbers with a shape; rows last, as ONNX lays them out. */
export type Tensor = {
  [Type in TensorType]: {
    readonly type: Type;
    readonly data: TensorDataByType[Type];
    readonly dims: readonly number[];
  };
}[TensorType];

/** One input or output of a model. */
export interface TensorInfo {
  readonly name: string;
  /** The element type, for example `float32`; `other` for what is no plain tensor of numbers. */
  readonly type: TensorType | 'other';
  /** A number is fixed, a word is free, for example `batch`. */
  readonly dims: readonly (number | string)[];
}
