/** Seconds since `startedAt` (a `performance.now()`), as text: `0.4 s`. */
function secondsSince(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/**
 * Runs one step of a script and prints a line about it: `✓ dependencies 14.2 s (43 rooms)`, or `✗ dependencies 2.0 s`.
 * @param action resolves to a remark for the line, or to nothing
 */
export async function step(name, action) {
  const startedAt = performance.now();
  try {
    const remark = await action();
    console.log(`✓ ${name} ${secondsSince(startedAt)}${remark ? ` (${remark})` : ''}`);
  } catch (error) {
    console.log(`✗ ${name} ${secondsSince(startedAt)}`);
    throw error;
  }
}
