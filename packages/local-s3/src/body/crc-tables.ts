/** One step of a reflected CRC for each byte value: the low 32 bits and, for wide ones, the high 32 bits. */
export interface CrcTable {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** @param polynomial reflected; up to 64 bits */
export function createCrcTable(polynomial: bigint): CrcTable {
  const table: CrcTable = { low: new Int32Array(256), high: new Int32Array(256) };
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) value = (value & 1n) === 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    table.low[byte] = Number(BigInt.asIntN(32, value));
    table.high[byte] = Number(BigInt.asIntN(32, value >> 32n));
  }
  return table;
}
