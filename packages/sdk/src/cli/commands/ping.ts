import type { Command } from 'commander';
import {
  clientOf,
  connectionOf,
  withCommonOptions,
  writeResult,
  type CommandContext,
  type CommonFlags,
} from '../command-context.js';

export function addPing(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('ping'))
    .description('check that the gateway answers and takes the key')
    .action(async (flags: CommonFlags) => {
      const { baseUrl } = await connectionOf(context, flags);
      const client = await clientOf(context, flags);
      const startedAt = performance.now();
      await client.esd.ping({ signal: context.signal });
      const roundTripMs = Math.round(performance.now() - startedAt);
      writeResult(context, flags, { url: baseUrl, roundTripMs }, `pong from ${baseUrl} in ${roundTripMs} ms\n`);
    });
}
