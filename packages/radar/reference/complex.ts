/** Complex values, real and imaginary parts apart. */
export interface ComplexVector {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function complexVector(length: number): ComplexVector {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/** The values whose real parts are given, and their imaginary parts. */
export function complexOf(re: readonly number[], im: readonly number[] = re.map(() => 0)): ComplexVector {
  return { re: Float64Array.from(re), im: Float64Array.from(im) };
}

export function magnitudes({ re, im }: ComplexVector): Float64Array {
  const { sqrt } = Math;
  return re.map((value, index) => sqrt(value * value + (im[index] ?? 0) ** 2));
}

/** |sum of conj(a) b|^2: how much of `b` points along `a`. */
export function projectionPower(a: ComplexVector, b: ComplexVector): number {
  let re = 0;
  let im = 0;
  for (let index = 0; index < a.re.length; index += 1) {
    const ar = a.re[index] ?? 0;
    const ai = a.im[index] ?? 0;
    const br = b.re[index] ?? 0;
    const bi = b.im[index] ?? 0;
    re += ar * br + ai * bi;
    im += ar * bi - ai * br;
  }
  return re * re + im * im;
}

/** Sum of |a|^2. */
export function power({ re, im }: ComplexVector): number {
  return re.reduce((sum, value, index) => sum + value * value + (im[index] ?? 0) ** 2, 0);
}

/** Rows and columns of complex values. */
export class ComplexMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly #values: ComplexVector;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.#values = complexVector(rows * columns);
  }

  /** A view: what is written to it is written to the matrix. */
  row(row: number): ComplexVector {
    const { re, im } = this.#values;
    const [start, end] = [row * this.columns, (row + 1) * this.columns];
    return { re: re.subarray(start, end), im: im.subarray(start, end) };
  }

  /** A copy. */
  column(column: number): ComplexVector {
    const copy = complexVector(this.rows);
    for (let row = 0; row < this.rows; row += 1) {
      copy.re[row] = this.#values.re[row * this.columns + column] ?? 0;
      copy.im[row] = this.#values.im[row * this.columns + column] ?? 0;
    }
    return copy;
  }

  setRow(row: number, { re, im }: ComplexVector): void {
    this.#values.re.set(re, row * this.columns);
    this.#values.im.set(im, row * this.columns);
  }
}
