import { readFile } from 'node:fs/promises';
import { parseRuntimeDescriptions, type RuntimeDescription, type RuntimeDescriptions } from '@infermesh/aime-endpoints';
import { MeshError } from '@infermesh/errors';
import { extrasRuntime } from './extras-runtime.js';
import { plainRuntime, type OwnRuntime } from './own-runtime.js';

const anything: RuntimeDescription['payload'] = {
  image: { type: 'image', required: false },
  images: { type: 'image_list', required: false },
  audio: { type: 'audio', required: false },
  video: { type: 'video', required: false },
  value: { type: 'json', required: false },
};

/** Hands back what it is given. */
const echoRuntime = plainRuntime('echo', { payload: anything, result: anything });

export type OwnRuntimes = ReadonlyMap<string, OwnRuntime>;

/**
 * The product's runtimes, and those that an operator describes in a file, in the form of `endpoints check --runtimes`. Their jobs
 * have the type of their name.
 *
 * @throws MeshError CONFIG_INVALID naming the file
 */
export async function loadOwnRuntimes(file: string | undefined): Promise<OwnRuntimes> {
  const described = file === undefined ? new Map<string, RuntimeDescription>() : await readDescriptions(file);
  const added = [...described].map(([name, description]) => plainRuntime(name, description));
  return new Map([extrasRuntime, echoRuntime, ...added].map((runtime) => [runtime.name, runtime]));
}

export function descriptionsOf(runtimes: OwnRuntimes): RuntimeDescriptions {
  return new Map([...runtimes.values()].map(({ name, description }) => [name, description]));
}

async function readDescriptions(file: string): Promise<RuntimeDescriptions> {
  try {
    return parseRuntimeDescriptions(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const why = cause instanceof MeshError ? cause.message : 'it cannot be read as JSON';
    throw new MeshError('CONFIG_INVALID', `${file}, which describes runtimes: ${why}`, { cause });
  }
}
