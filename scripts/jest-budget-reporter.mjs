import { relative } from 'node:path';
import { root } from './bootstrap/root.mjs';
import { killDescendants, SuiteWatch } from './suite-watch.mjs';
import { budgetSeconds, defaultBudgetSeconds, longBudgetSeconds } from './test-budgets.mjs';
import { writeSummary } from './test-summary.mjs';

// Jest has no more to do then; whatever still holds the process open was left behind by a test.
const leakGraceMs = 15_000;

/** Prints the seconds of each room beside its budget, leaves the counts for `npm test`, and tells of leaks and hangs. */
export default class JestBudgetReporter {
  #watch = new SuiteWatch(failForHang);

  onTestFileStart({ path }) {
    this.#watch.started(relative(root, path));
  }

  onTestFileResult({ path }) {
    this.#watch.ended(relative(root, path));
  }

  onRunComplete(_contexts, results) {
    this.#watch.end();
    const seconds = secondsPerRoom(results.testResults);
    const lines = [...seconds].sort(([, a], [, b]) => b - a).map(([room, spent]) => roomLine(room, spent));
    process.stderr.write(`\nSeconds per room:\n${lines.join('\n')}\n`);
    const counts = countTests(results);
    writeSummary(counts);
    setTimeout(() => failForLeak(counts), leakGraceMs).unref();
  }
}

function failForLeak(counts) {
  const held = [...new Set(process.getActiveResourcesInfo())].filter((kind) => !kind.startsWith('TTY'));
  process.stderr.write(`\nA test left something open, and the run cannot end: ${held.join(', ')}.\n`);
  process.stderr.write('To find it: npm test -- --room <room> --detectOpenHandles\n');
  writeSummary({ ...counts, failed: counts.failed + 1 });
  process.exit(1);
}

function failForHang(suites) {
  process.stderr.write(`\nThe run is given up: these suites do not end.\n${suites.join('\n')}\n`);
  writeSummary({ passed: 0, failed: suites.length, skipped: 0 });
  killDescendants();
  process.exit(1);
}

function secondsPerRoom(testResults) {
  const seconds = new Map();
  for (const { testFilePath, perfStats } of testResults) {
    const room = roomOf(relative(root, testFilePath));
    seconds.set(room, (seconds.get(room) ?? 0) + perfStats.runtime / 1000);
  }
  return seconds;
}

function roomOf(path) {
  const room = path.startsWith('tests/') ? 'tests' : path.split('/').slice(0, 2).join('/');
  return path.endsWith('.long.test.ts') ? `${room} (long)` : room;
}

function roomLine(room, spent) {
  const budget = room.endsWith(' (long)') ? longBudgetSeconds : (budgetSeconds[room] ?? defaultBudgetSeconds);
  const mark = spent > budget ? `  over its budget of ${budget} s` : '';
  return `${spent.toFixed(1).padStart(8)}  ${room}${mark}`;
}

// A file that could not even be loaded holds no failed test, yet it failed.
function countTests({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites }) {
  return {
    passed: numPassedTests,
    failed: numFailedTests + numRuntimeErrorTestSuites,
    skipped: numPendingTests + numTodoTests,
  };
}
