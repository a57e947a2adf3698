import { readFile } from 'node:fs/promises';
import { MeshError } from '@infermesh/errors';
import type { Command } from 'commander';
import type { CheckedFiles, ConfigProblem, RuntimeDescriptions, ServerConfig } from '@infermesh/aime-endpoints';
import { UsageError } from '../../errors.js';
import { writeResult, type CommandContext } from '../command-context.js';
import { printable } from '../printable.js';
import { withJsonOption, type LocalFlags } from '../local-options.js';
import { table } from '../table.js';
import { FilesInvalidError } from './files-invalid-error.js';

interface CheckFlags extends LocalFlags {
  readonly server?: string;
  readonly runtimes?: string;
  readonly strict?: boolean;
}

const examples = `
Examples:
  infermesh endpoints check endpoints/
      every *.toml of the folder, and aime_api_endpoint.cfg in it and below
  infermesh endpoints check upscale.toml --server aime_api_server.cfg
      with the defaults and the lists of allowed media of that server
  infermesh endpoints check upscale.toml --json | jq .problems

Each problem is one line, as compilers write it:
  upscale.toml:12:9: INPUTS.scale.max: must be at least min, which is 5, is 3
  upscale.toml:14:1: warning: INPUTS.scale.requierd: is not known and has no effect; did you mean required?

The smallest file that works, http://HOST/hello with one parameter:
  [ENDPOINT]
  name = "hello"
  [WORKER]
  job_type = "hello"
  [INPUTS]
  text = { type = "string", required = true, max_length = 200 }
  [OUTPUTS]
  text = { type = "string" }

A file with a mistake is not used, and a server that runs keeps the version it had. Warnings are keys without effect.
The names in [WORKER] runtime and the fields of its payload are known to the server alone: --runtimes tells them,
  {"extras": {"payload": {"image": {"type": "image", "required": true}}, "result": {"image": {"type": "image"}}}}

Exit codes: 0 all files may be used, 1 there are mistakes, 2 the command line is not right.`;

export function addCheck(endpoints: Command, context: CommandContext): void {
  const command = endpoints
    .command('check')
    .description('tell every mistake of endpoint files, by file, line and column')
    .argument('<file...>', 'files, and folders of files; clashes between them are mistakes too')
    .option('--server <file>', 'the server’s file, whose defaults the endpoints get; it is checked as well')
    .option('--runtimes <file>', 'JSON with what the mesh’s runtimes take and give')
    .option('--strict', 'a warning is a mistake too');
  withJsonOption(command)
    .addHelpText('after', examples)
    .action(async (files: readonly string[], flags: CheckFlags) => {
      await checkFiles(context, files, flags);
    });
}

async function checkFiles(context: CommandContext, paths: readonly string[], flags: CheckFlags): Promise<void> {
  const { checkEndpointFiles } = await import('@infermesh/aime-endpoints');
  const runtimes = flags.runtimes === undefined ? null : await readRuntimes(flags.runtimes);
  const { server, problems: serverProblems } = await readServer(flags.server);
  const checked = await checkEndpointFiles(paths, { runtimes, ...(server === null ? {} : { server }) });
  const problems = [...serverProblems, ...checked.problems];
  if (checked.files.length === 0 && problems.length === 0) {
    throw new UsageError(
      `there are no endpoint files in ${paths.join(', ')}`,
      'They are named *.toml, or aime_api_endpoint.cfg.',
    );
  }
  await writeChecked(context, flags, checked, problems);
  const count = problems.filter(({ severity }) => severity === 'mistake' || flags.strict === true).length;
  if (count > 0) throw new FilesInvalidError(count);
}

async function writeChecked(
  context: CommandContext,
  flags: CheckFlags,
  { files, endpoints }: CheckedFiles,
  problems: readonly ConfigProblem[],
): Promise<void> {
  const { formatProblem } = await import('@infermesh/aime-endpoints');
  const usable = [...endpoints.values()].map(({ file, definition }) => ({
    name: definition.name,
    file,
    jobType: definition.worker.jobType,
    runtime: definition.worker.runtime?.runtime ?? null,
  }));
  const lines = problems.map((problem) => `${printable(formatProblem(problem))}\n`).join('');
  const rows = usable.map(({ name, jobType, runtime, file }) => [name, jobType, runtime, file]);
  const list = rows.length === 0 ? '' : table(['ENDPOINT', 'JOB TYPE', 'RUNTIME', 'FILE'], rows);
  writeResult(context, flags, { files, endpoints: usable, problems }, `${lines}${list}`);
}

async function readServer(
  file: string | undefined,
): Promise<{ readonly server: ServerConfig | null; readonly problems: readonly ConfigProblem[] }> {
  if (file === undefined) return { server: null, problems: [] };
  const { parseServer, readConfigText } = await import('@infermesh/aime-endpoints');
  return parseServer(await readOrRefuse(file, () => readConfigText(file)), file);
}

async function readRuntimes(file: string): Promise<RuntimeDescriptions> {
  const { parseRuntimeDescriptions } = await import('@infermesh/aime-endpoints');
  return readOrRefuse(file, async () => parseRuntimeDescriptions(JSON.parse(await readFile(file, 'utf8'))));
}

/** @throws UsageError when the file is not there or not what it should be */
async function readOrRefuse<Value>(file: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    const reason = error instanceof MeshError || error instanceof SyntaxError ? error.message : 'it cannot be read';
    throw new UsageError(`${file}: ${reason}`, 'infermesh endpoints check --help shows what it may hold.', {
      cause: error,
    });
  }
}
