/** An answer travels in one message of 64 KiB; what stands around the items has the rest. */
const maxItemsBytes = 48_000;

/** The beginning of a list as far as it fits the answer to one call, but one item at least. */
export function firstThatFit<T>(items: readonly T[]): T[] {
  let sizeBytes = 0;
  const end = items.findIndex((item) => {
    sizeBytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    return sizeBytes > maxItemsBytes;
  });
  return end === -1 ? [...items] : items.slice(0, Math.max(1, end));
}
