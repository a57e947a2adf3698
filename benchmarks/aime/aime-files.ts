import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Clients with a key of their own: what one key may send in a second is limited. */
export const clientCount = 64;
export const clientKey = (index: number): string => `key-of-client-${index % clientCount}`;
export const workerKey = 'key-of-the-worker';

const clients = `[CLIENTS]
authorization_keys = { ${Array.from({ length: clientCount }, (_, index) => `c${index} = "${clientKey(index)}"`).join(', ')} }
`;

const inputs = `[INPUTS]
text = { type = "string", max_length = 100, default = "" }
`;

const endpoint = (name: string, worker: string, rest: string): string => `[ENDPOINT]
name = "${name}"
max_queue_length = 10000000
max_time_in_queue = 86400

[WORKER]
job_type = "${name}"
${worker}

${clients}
${rest}`;

const byKey = `auth_key = "${workerKey}"`;

const files: Readonly<Record<string, string>> = {
  // Nobody works here: what is submitted waits.
  'still.toml': endpoint('still', byKey, `${inputs}[OUTPUTS]\ntext = { type = "string" }\n`),
  'external.toml': endpoint('external', byKey, `${inputs}[OUTPUTS]\ntext = { type = "string" }\n`),
  'own.toml': endpoint('own', 'runtime = "noop"', `${inputs}[OUTPUTS]\nechoed = { type = "json" }\n`),
  'pictures.toml': endpoint(
    'pictures',
    byKey,
    `[INPUTS]
picture.type = "image"
picture.required = true
picture.auto_convert = true
picture.format = { supported = ["jpeg"] }
picture.size = { supported = [[512, 512]] }

[OUTPUTS]
text = { type = "string" }
`,
  ),
};

const runtimes = { noop: { payload: { text: { type: 'string' } }, result: { echoed: { type: 'json' } } } };

export interface AimeFiles {
  readonly endpointsFolder: string;
  readonly runtimesFile: string;
}

/** The endpoints of the benchmark, and what its runtime takes. */
export async function writeAimeFiles(folder: string): Promise<AimeFiles> {
  const endpointsFolder = join(folder, 'endpoints');
  const runtimesFile = join(folder, 'runtimes.json');
  await mkdir(endpointsFolder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(endpointsFolder, name), text);
  await writeFile(runtimesFile, JSON.stringify(runtimes));
  return { endpointsFolder, runtimesFile };
}
