import { InvalidArgumentError, type Command } from 'commander';
import { checkpointTypes } from '../../checkpoints/checkpoint-api.js';
import { findCheckpoint, pullCheckpoint } from '../../checkpoints/pull-checkpoint.js';
import { pushCheckpoint, type TransferProgress } from '../../checkpoints/push-checkpoint.js';
import { collect } from '../collect.js';
import { clientOf, withCommonOptions, writeResult, type CommandContext, type CommonFlags } from '../command-context.js';
import { printable } from '../printable.js';
import { sizeText } from '../size-text.js';
import { table } from '../table.js';
import { TransferLine } from '../transfer-line.js';

interface PushFlags extends CommonFlags {
  readonly type: string;
  readonly folder?: string;
  readonly message?: string;
  readonly parallel: number;
}

interface PullFlags extends CommonFlags {
  readonly into: string;
}

interface ListFlags extends CommonFlags {
  readonly type?: readonly string[];
}

const examples = `
Examples:
  infermesh checkpoints push upscale-x4.onnx --type Upscaler
      sends a file in parts; run it again after an interruption, and it goes on where it was
  infermesh checkpoints push ./my-model --type Stable-diffusion
      a folder with all files below it, under its own name: an ONNX export with its weights beside it
  infermesh checkpoints push my-model.zip --type Stable-diffusion --folder my-model
      an archive that the mesh unpacks
  infermesh checkpoints ls
  infermesh checkpoints pull upscale-x4.onnx --into models
  infermesh checkpoints rm upscale-x4.onnx

A name is one checkpoint, whatever its type. A job uses it once its status is Active and its digest is known.
Pickles (.ckpt, .pt) are stored, and never loaded by the mesh: convert them to safetensors or ONNX.`;

export function addCheckpoints(program: Command, context: CommandContext): void {
  const checkpoints = program
    .command('checkpoints')
    .description('send, fetch, list and remove model files')
    .addHelpText('after', examples);
  addPush(checkpoints, context);
  addPull(checkpoints, context);
  addList(checkpoints, context);
  addRemove(checkpoints, context);
}

function addPush(checkpoints: Command, context: CommandContext): void {
  withCommonOptions(
    checkpoints
      .command('push')
      .description('send a file, a folder or an archive')
      .argument('<path>', 'a model file, a folder, or with --folder a .tar or .zip')
      .requiredOption('--type <type>', `what it is: ${checkpointTypes.join(', ')}`, parseType)
      .option('--folder <name>', 'unpack the archive into a folder of this name; or another name for a folder')
      .option('--message <text>', 'what others should know of it')
      .option('--parallel <count>', 'parts sent at a time', parseCount, 4),
  )
    .addHelpText('after', examples)
    .action(async (path: string, flags: PushFlags) => {
      const client = await clientOf(context, flags);
      const pushed = await followTransfer(context, flags, (onProgress) =>
        pushCheckpoint(client.checkpoints, path, { ...flags, onProgress, signal: context.signal }),
      );
      const how = pushed.resumed ? 'went on with' : 'sent';
      const text = `${how} ${printable(pushed.names.join(', '))}  ${sizeText(pushed.sizeBytes)}  (checkpoint ${printable(pushed.id)})\n`;
      writeResult(context, flags, pushed, text);
    });
}

function addPull(checkpoints: Command, context: CommandContext): void {
  withCommonOptions(
    checkpoints
      .command('pull')
      .description('fetch a checkpoint: whole files of the right digest, or none')
      .argument('<name>', 'the name of a file or folder, or an id')
      .option('--into <folder>', 'where to put it', '.'),
  )
    .addHelpText('after', examples)
    .action(async (name: string, { into, ...flags }: PullFlags) => {
      const client = await clientOf(context, flags);
      const pulled = await followTransfer(context, flags, (onProgress) =>
        pullCheckpoint(client.checkpoints, name, { into, onProgress, signal: context.signal }),
      );
      writeResult(context, flags, pulled, `${printable(pulled.paths.join(', '))}  ${sizeText(pulled.sizeBytes)}\n`);
    });
}

function addList(checkpoints: Command, context: CommandContext): void {
  withCommonOptions(
    checkpoints
      .command('ls')
      .description('list the checkpoints that are open to you, newest first')
      .option('--type <type>', 'only of this type; may be repeated', collect),
  ).action(async (flags: ListFlags) => {
    const client = await clientOf(context, flags);
    const list = await client.checkpoints.list(flags.type === undefined ? {} : { types: flags.type }, {
      signal: context.signal,
    });
    const rows = list.map((one) => [
      `${one.names.join(', ')}${one.isFolder ? '/' : ''}`,
      one.type,
      one.status,
      one.creator,
      one.createdAt.toISOString().slice(0, 16).replace('T', ' '),
      one.error,
      one.id,
    ]);
    writeResult(
      context,
      flags,
      { checkpoints: list },
      table(['NAME', 'TYPE', 'STATUS', 'CREATOR', 'CREATED', 'ERROR', 'ID'], rows),
    );
  });
}

function addRemove(checkpoints: Command, context: CommandContext): void {
  withCommonOptions(
    checkpoints.command('rm').description('remove checkpoints with their files').argument('<names...>', 'names or ids'),
  ).action(async (names: readonly string[], flags: CommonFlags) => {
    const { checkpoints: api } = await clientOf(context, flags);
    const found = await Promise.all(names.map((name) => findCheckpoint(api, name, context.signal)));
    const ids = [...new Set(found.map(({ id }) => id))];
    await api.delete(ids, { signal: context.signal });
    writeResult(context, flags, { removed: ids }, ids.map((id) => `removed ${printable(id)}\n`).join(''));
  });
}

async function followTransfer<T>(
  { terminal }: CommandContext,
  { json }: CommonFlags,
  work: (onProgress: (progress: TransferProgress) => void) => Promise<T>,
): Promise<T> {
  if (json === true) return work(() => undefined);
  using line = new TransferLine(terminal.stderr);
  return await work((progress) => {
    line.show(progress);
  });
}

function parseType(text: string): string {
  if ((checkpointTypes as readonly string[]).includes(text)) return text;
  throw new InvalidArgumentError(`It is one of ${checkpointTypes.join(', ')}.`);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 16) return count;
  throw new InvalidArgumentError('Give a whole number from 1 to 16.');
}
