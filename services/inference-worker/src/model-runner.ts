import { MeshError } from '@infermesh/errors';
import { ModelSupervisor, confinedPath, type ModelDescription } from '@infermesh/model-runtime';
import type { Logger } from '@infermesh/telemetry';
import type { WorkerConfig } from './config.js';
import type { JobInput, JobResult, JobRunner, RunContext } from './job-runner.js';
import { runtimeResult } from './runtimes/runtime-item.js';
import { loadRuntimeTable, type RuntimeEntry } from './runtimes/runtime-table.js';

type Options = Pick<
  WorkerConfig,
  'jobTypes' | 'runtimeModules' | 'executionProviders' | 'threads' | 'memoryLimitBytes'
> & {
  readonly scratchFolder: string;
  readonly logger: Logger;
};

const loadTimeoutMs = 300_000;
const cancelGraceMs = 5_000;
const maxProcesses = 4;

/** Runs jobs in model processes, one per runtime and set of checkpoints. Jobs of a type without a runtime fail, saying so. */
export async function createModelRunner({ jobTypes, runtimeModules, logger, ...options }: Options): Promise<JobRunner> {
  const table = await loadRuntimeTable(runtimeModules);
  const unknown = jobTypes.filter((jobType) => !table.has(jobType));
  if (unknown.length > 0) logger.info({ jobTypes: unknown }, 'no runtime does jobs of these types: they will fail');
  const { executionProviders, threads, scratchFolder, memoryLimitBytes } = options;
  const supervisor = new ModelSupervisor({
    maxProcesses,
    memoryBudgetBytes: memoryLimitBytes * maxProcesses,
    process: { executionProviders, threads, scratchFolder, memoryLimitBytes, loadTimeoutMs, cancelGraceMs },
    logger,
  });
  return {
    jobTypes,
    warmCheckpoints: () => [...new Set(supervisor.list().flatMap(({ digests }) => digests))],
    run: (input, context) => run(supervisor, getRuntime(table, input.jobType), input, context),
    [Symbol.asyncDispose]: () => supervisor[Symbol.asyncDispose](),
  };
}

function getRuntime(table: ReadonlyMap<string, RuntimeEntry>, jobType: string): RuntimeEntry {
  const runtime = table.get(jobType);
  if (runtime === undefined) {
    throw new MeshError(
      'CONFIG_INVALID',
      `no runtime of this worker does ${jobType} jobs; it knows ${[...table.keys()].join(', ')}`,
    );
  }
  return runtime;
}

async function run(
  supervisor: ModelSupervisor,
  { kind, entry }: RuntimeEntry,
  { jobId, jobType, inputs, payloadPath, outputFolder, checkpoints, missingCheckpoints }: JobInput,
  { signal, deadlineAt, onProgress }: RunContext,
): Promise<JobResult> {
  const description: ModelDescription = {
    kind,
    entry,
    options: {},
    checkpoints: Object.fromEntries(checkpoints.map(({ name, path, sha256 }) => [name, { path, sha256 }])),
  };
  const { outputs, result } = await supervisor.run(
    description,
    { jobId, jobType, inputs, payloadPath, outputFolder, missingCheckpoints },
    {
      resultSchema: runtimeResult,
      signal,
      deadlineAt,
      onProgress: (fraction, stage) => {
        onProgress(stage === null ? { fraction } : { fraction, stage });
      },
    },
  );
  // The runtime's code is not trusted with paths: what it names must lie in the folder it was given.
  const confined = outputs.map(async (output) => ({ ...output, path: await confinedPath(outputFolder, output.path) }));
  return { outputs: await Promise.all(confined), result };
}
