import { childEntry } from '@infermesh/lifecycle';
import { MeshError } from '@infermesh/errors';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

/** Which model process does the jobs of these types. */
export interface RuntimeEntry {
  readonly kind: string;
  /** Compiled file that calls `serveRuntime`. */
  readonly entry: string;
  readonly jobTypes: readonly string[];
}

const runtimeModule = z.object({
  kind: z.string().min(1),
  entry: z.string().min(1),
  jobTypes: z.array(z.string().min(1)).min(1),
});

const ownRuntimes: readonly RuntimeEntry[] = [
  {
    kind: 'extras',
    entry: childEntry(import.meta.url, './extras/model-process.js'),
    jobTypes: ['extra-single-image', 'extra-batch-images'],
  },
  { kind: 'echo', entry: childEntry(import.meta.url, './echo/model-process.js'), jobTypes: ['echo'] },
];

/**
 * The product's runtimes and those that an operator adds: modules whose default export is `{kind, entry, jobTypes}`.
 *
 * @throws MeshError CONFIG_INVALID naming the module, or two runtimes for one job type
 */
export async function loadRuntimeTable(modules: readonly string[]): Promise<ReadonlyMap<string, RuntimeEntry>> {
  const added = await Promise.all(modules.map(loadModule));
  const table = new Map<string, RuntimeEntry>();
  for (const runtime of [...ownRuntimes, ...added]) {
    for (const jobType of runtime.jobTypes) {
      const other = table.get(jobType);
      if (other !== undefined)
        throw new MeshError(
          'CONFIG_INVALID',
          `job type ${jobType} has two runtimes: ${other.kind} and ${runtime.kind}`,
        );
      table.set(jobType, runtime);
    }
  }
  return table;
}

async function loadModule(path: string): Promise<RuntimeEntry> {
  try {
    const { default: exported } = (await import(pathToFileURL(path).href)) as { default: unknown };
    return runtimeModule.parse(exported);
  } catch (error) {
    throw new MeshError(
      'CONFIG_INVALID',
      `runtime module ${path} cannot be used: its default export must be {kind, entry, jobTypes}`,
      { cause: error },
    );
  }
}
