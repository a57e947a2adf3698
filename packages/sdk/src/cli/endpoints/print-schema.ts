import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';

interface SchemaFlags {
  readonly server?: boolean;
}

const examples = `
Examples:
  infermesh endpoints schema > endpoint.schema.json
      then, in the first line of an endpoint's file, for editors with a TOML language server (Taplo, Even Better TOML):
      #:schema ./endpoint.schema.json
  infermesh endpoints schema --server > server.schema.json

An editor shows with it which keys there are and what they mean. It cannot show all mistakes: check tells the rest.`;

export function addSchema(endpoints: Command, context: CommandContext): void {
  endpoints
    .command('schema')
    .description('print the JSON Schema of endpoint files, for editors')
    .option('--server', 'that of the server’s file instead')
    .addHelpText('after', examples)
    .action(async (flags: SchemaFlags) => {
      const { endpointJsonSchema, serverJsonSchema } = await import('@infermesh/aime-endpoints');
      const schema = flags.server === true ? serverJsonSchema() : endpointJsonSchema();
      context.terminal.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    });
}
