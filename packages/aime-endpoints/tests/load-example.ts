import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { encodePng } from '@infermesh/media';
import {
  checkRequest,
  formatProblem,
  parseEndpoint,
  type EndpointContext,
  type JobEndpoint,
  type LoadedEndpoint,
  type RequestReading,
} from '../src/index.js';
import { SmallConverter } from './small-converter.js';

export function examplePath(name: string): string {
  return fileURLToPath(new URL(`examples/${name}`, import.meta.url));
}

/** Loads an example that has to be without any problem. */
export async function loadExample(name: string, context: EndpointContext = {}): Promise<LoadedEndpoint> {
  const path = examplePath(name);
  return load(await readFile(path, 'utf8'), path, context);
}

/** Loads a text that has to be without any problem. */
export function load(text: string, file = 'test.toml', context: EndpointContext = {}): LoadedEndpoint {
  const { endpoint, problems } = parseEndpoint(text, file, context);
  if (endpoint === null || problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return endpoint;
}

/** An endpoint with these lines as its [INPUTS], and whatever sections follow in them. */
export function endpointOf(inputs: string, context: EndpointContext = {}): JobEndpoint {
  return load(`[ENDPOINT]\nname = "it"\n[WORKER]\njob_type = "it"\n[INPUTS]\n${inputs}\n`, 'test.toml', context)
    .definition;
}

/** Sends one request to an endpoint. */
export async function ask(
  endpoint: JobEndpoint,
  body: unknown,
  converter = new SmallConverter(),
): Promise<RequestReading> {
  return checkRequest(endpoint, body, { media: converter, signal: new AbortController().signal });
}

/** The parameters of a request that has to be accepted, with media as they are. */
export async function parametersOf(
  endpoint: JobEndpoint,
  body: unknown,
  converter = new SmallConverter(),
): Promise<Record<string, unknown>> {
  const reading = await ask(endpoint, body, converter);
  if (!reading.ok) throw new Error(reading.errors.join('\n'));
  return Object.fromEntries(reading.parameters);
}

/** The errors of a request that has to be refused. */
export async function errorsOf(
  endpoint: JobEndpoint,
  body: unknown,
  converter = new SmallConverter(),
): Promise<readonly string[]> {
  const reading = await ask(endpoint, body, converter);
  if (reading.ok) throw new Error('the request was accepted');
  return reading.errors;
}

export async function aPicture(width: number, height: number): Promise<Buffer> {
  const data = Buffer.alloc(width * height * 3, 0x5a);
  return encodePng({ data, width, height, channels: 3 });
}

export function dataUrl(type: string, bytes: Uint8Array): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}
