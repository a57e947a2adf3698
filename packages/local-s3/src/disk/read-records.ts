import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { unfinishedSuffix } from './write-atomically.js';

export interface ReadRecords<Value> {
  readonly values: readonly Value[];
  /** Files that are damaged. Their data must not be swept away. */
  readonly unreadable: readonly string[];
}

function parse<Value>(path: string, isValue: (value: unknown) => value is Value): Value | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isValue(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads the JSON files in the folder's folders and removes what was left unfinished. Synchronous within one folder: 100,000
 * small files take a quarter of the time that as many asynchronous reads do.
 */
export async function readRecords<Value>(
  folder: string,
  isValue: (value: unknown) => value is Value,
): Promise<ReadRecords<Value>> {
  const values: Value[] = [];
  const unreadable: string[] = [];
  const fans = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  for (const fan of fans.filter((entry) => entry.isDirectory())) {
    await nextTurn();
    for (const name of readdirSync(join(folder, fan.name))) {
      const path = join(folder, fan.name, name);
      if (name.endsWith(unfinishedSuffix)) {
        rmSync(path, { force: true });
        continue;
      }
      const value = parse(path, isValue);
      if (value === undefined) unreadable.push(path);
      else values.push(value);
    }
  }
  return { values, unreadable };
}
