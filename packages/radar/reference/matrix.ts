/** A small real matrix, row by row. */
export type Matrix = readonly (readonly number[])[];

export function identity(size: number): Matrix {
  return diagonal(Array.from({ length: size }, () => 1));
}

export function diagonal(values: readonly number[]): Matrix {
  return values.map((value, row) => values.map((_, column) => (row === column ? value : 0)));
}

export function add(a: Matrix, b: Matrix): Matrix {
  return a.map((row, i) => row.map((value, k) => value + (b[i]?.[k] ?? 0)));
}

export function subtract(a: Matrix, b: Matrix): Matrix {
  return a.map((row, i) => row.map((value, k) => value - (b[i]?.[k] ?? 0)));
}

export function transpose(a: Matrix): Matrix {
  return (a[0] ?? []).map((_, column) => a.map((row) => row[column] ?? 0));
}

export function multiply(a: Matrix, b: Matrix): Matrix {
  const columns = transpose(b);
  return a.map((row) => columns.map((column) => dot(row, column)));
}

export function multiplyVector(a: Matrix, vector: readonly number[]): number[] {
  return a.map((row) => dot(row, vector));
}

/** Gauss-Jordan elimination with row pivoting; the matrix must not be singular. */
export function invert(a: Matrix): Matrix {
  const size = a.length;
  let rows = a.map((row, index) => [...row, ...(identity(size)[index] ?? [])]);
  for (let step = 0; step < size; step += 1) {
    const pivot = pivotRow(rows, step);
    const divisor = pivot[step] ?? 1;
    const scaled = pivot.map((value) => value / divisor);
    const others = rows.filter((row) => row !== pivot);
    const cleared = others.map((row) => row.map((value, k) => value - (row[step] ?? 0) * (scaled[k] ?? 0)));
    rows = [...cleared.slice(0, step), scaled, ...cleared.slice(step)];
  }
  return rows.map((row) => row.slice(size));
}

/** Of the rows not yet used, the one with the largest value in the column. */
function pivotRow(rows: readonly number[][], column: number): number[] {
  return rows
    .slice(column)
    .reduce((best, row) => (Math.abs(row[column] ?? 0) > Math.abs(best[column] ?? 0) ? row : best));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
