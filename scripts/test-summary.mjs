import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './bootstrap/root.mjs';

const file = join(root, 'node_modules/.infermesh/test-summary.json');

/** The closing line that CI counts. A run that broke off before its tests counts as one failure. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export function writeSummary(summary) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(summary));
}

/** The summary of the test run just ended, or undefined when it did not come to its end. */
export function readSummary() {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

export function forgetSummary() {
  rmSync(file, { force: true });
}
