import { readConfig } from '@infermesh/config';
import { MeshError } from '@infermesh/errors';
import { help, parseArguments } from './arguments.js';
import { Config } from './config.js';
import { runMesh } from './run-mesh.js';

try {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) process.stdout.write(help);
  else await runMesh(readConfig(Config, process.env), options);
} catch (error) {
  process.exitCode = 1;
  const text =
    error instanceof MeshError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`\n${text}\n`);
}
