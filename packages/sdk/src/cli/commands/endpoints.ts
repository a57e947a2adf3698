import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { addCheck } from '../endpoints/check-files.js';
import { addSchema } from '../endpoints/print-schema.js';

export function addEndpoints(program: Command, context: CommandContext): void {
  const endpoints = program
    .command('endpoints')
    .description('check the TOML files of AIME job endpoints, without a server');
  for (const add of [addCheck, addSchema]) add(endpoints, context);
}
