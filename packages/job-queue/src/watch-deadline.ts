/** setTimeout takes no more; a later deadline is looked at again. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Calls back once the deadline has passed; at once, if it has. By the clock that nobody sets: a call must not wait longer because
 * somebody sets the other one.
 *
 * @param deadlineAt epoch milliseconds
 * @returns ends the watch
 */
export function watchDeadline(deadlineAt: number, onPassed: () => void): () => void {
  const passesAt = performance.now() + deadlineAt - Date.now();
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const remainingMs = passesAt - performance.now();
    if (remainingMs <= 0) onPassed();
    else timer = setTimeout(look, Math.min(remainingMs, longestTimerMs));
  };
  look();
  return () => {
    clearTimeout(timer);
  };
}
