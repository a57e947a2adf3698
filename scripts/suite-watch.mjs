import { execFileSync } from 'node:child_process';

/** The longest suites need two minutes on two busy cores; their own limits of time end them long before this. */
const suiteLimitMs = 20 * 60_000;

/** CI ends a run after 90 minutes without a word. */
const runLimitMs = 75 * 60_000;

const lookMs = 5000;

/** Notices suites that never end, whose own limits of time cannot fire: their event loop stands still. */
export class SuiteWatch {
  #startedAt = Date.now();
  #running = new Map();
  #timer;

  /** @param onStuck is told once, with a line for each suite that runs */
  constructor(onStuck) {
    this.#timer = setInterval(() => {
      const now = Date.now();
      const isStuck = [...this.#running.values()].some((startedAt) => now - startedAt > suiteLimitMs);
      if (!isStuck && now - this.#startedAt < runLimitMs) return;
      this.end();
      onStuck([...this.#running].map(([path, startedAt]) => `${path} (${Math.round((now - startedAt) / 1000)} s)`));
    }, lookMs);
    this.#timer.unref();
  }

  started(path) {
    this.#running.set(path, Date.now());
  }

  ended(path) {
    this.#running.delete(path);
  }

  end() {
    clearInterval(this.#timer);
  }
}

/** Kills all that this process started, and what they started: a test process whose loop stands still hears nothing else. */
export function killDescendants() {
  const parents = new Map();
  for (const line of execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')) {
    const [pid, parent] = line.trim().split(/\s+/u).map(Number);
    parents.set(pid, parent);
  }
  const isOurs = (pid) => pid !== undefined && (parents.get(pid) === process.pid || isOurs(parents.get(pid)));
  for (const pid of parents.keys()) if (isOurs(pid)) kill(pid);
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}
