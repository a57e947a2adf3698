/** Works on so many at a time, group by group. */
export async function inGroups<Item>(
  items: readonly Item[],
  groupSize: number,
  work: (group: readonly Item[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < items.length; start += groupSize) await work(items.slice(start, start + groupSize));
}
