/**
 * The assignment of rows to columns with the least sum of costs, one to one; with more rows than columns, some rows stay
 * without.
 *
 * Source: H. W. Kuhn, "The Hungarian method for the assignment problem", 1955, in the form with potentials and shortest
 * augmenting paths (J. Munkres 1957; R. Jonker, A. Volgenant 1987), O(n^3).
 *
 * @returns for each row its column, -1 for none
 */
export function assignOptimally(costs: readonly (readonly number[])[], columnCount: number): number[] {
  const rowCount = costs.length;
  if (rowCount > columnCount) return assignColumns(costs, columnCount);
  const rowOf = match(costs, rowCount, columnCount);
  return costs.map((_, row) => rowOf.indexOf(row));
}

function assignColumns(costs: readonly (readonly number[])[], columnCount: number): number[] {
  const turned = Array.from({ length: columnCount }, (_, column) => costs.map((row) => row[column] ?? 0));
  const columnOf = match(turned, columnCount, costs.length);
  return costs.map((_, row) => columnOf[row] ?? -1);
}

/** At most as many rows as columns. @returns for each column its row, -1 for none */
function match(costs: readonly (readonly number[])[], rowCount: number, columnCount: number): number[] {
  const rowPotential = new Float64Array(rowCount);
  const columnPotential = new Float64Array(columnCount);
  const rowOf = Array.from({ length: columnCount }, () => -1);
  const reducedCost = (row: number, column: number): number =>
    (costs[row]?.[column] ?? 0) - (rowPotential[row] ?? 0) - (columnPotential[column] ?? 0);
  for (let row = 0; row < rowCount; row += 1) augment(row);
  return rowOf;

  /** Finds the cheapest alternating path from a free row to a free column and turns it over. */
  function augment(freeRow: number): void {
    const distance = Array.from({ length: columnCount }, () => Number.POSITIVE_INFINITY);
    const previousColumn = Array.from({ length: columnCount }, () => -1);
    const closed = new Set<number>();
    let [row, column, reached] = [freeRow, -1, 0];
    while (row >= 0) {
      relax(row, column, reached, distance, previousColumn, closed);
      column = nearestOpen(distance, closed);
      reached = distance[column] ?? 0;
      closed.add(column);
      row = rowOf[column] ?? -1;
    }
    raisePotentials(freeRow, reached, distance, closed);
    turnPath(freeRow, column, previousColumn);
  }

  function relax(
    row: number,
    from: number,
    reached: number,
    distance: number[],
    previousColumn: number[],
    closed: ReadonlySet<number>,
  ): void {
    for (let column = 0; column < columnCount; column += 1) {
      const candidate = reached + reducedCost(row, column);
      if (closed.has(column) || candidate >= (distance[column] ?? 0)) continue;
      distance[column] = candidate;
      previousColumn[column] = from;
    }
  }

  function raisePotentials(freeRow: number, reached: number, distance: number[], closed: ReadonlySet<number>): void {
    rowPotential[freeRow] = (rowPotential[freeRow] ?? 0) + reached;
    for (const column of closed) {
      const slack = reached - (distance[column] ?? 0);
      const row = rowOf[column] ?? -1;
      columnPotential[column] = (columnPotential[column] ?? 0) - slack;
      if (row >= 0) rowPotential[row] = (rowPotential[row] ?? 0) + slack;
    }
  }

  function turnPath(freeRow: number, lastColumn: number, previousColumn: readonly number[]): void {
    let column = lastColumn;
    while (column >= 0) {
      const previous = previousColumn[column] ?? -1;
      rowOf[column] = previous < 0 ? freeRow : (rowOf[previous] ?? -1);
      column = previous;
    }
  }
}

function nearestOpen(distance: readonly number[], closed: ReadonlySet<number>): number {
  return distance.reduce(
    (best, value, column) => (!closed.has(column) && (best < 0 || value < (distance[best] ?? 0)) ? column : best),
    -1,
  );
}
