import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { endpointJsonSchema, serverJsonSchema } from '../src/index.js';
import { parseToml } from '../src/toml/toml-document.js';
import { examplePath } from './load-example.js';

const ajv = new Ajv({ strict: false, allErrors: true });
const endpoint = ajv.compile(endpointJsonSchema());
const server = ajv.compile(serverJsonSchema());

const tomlOf = async (name: string) => parseToml(await readFile(examplePath(name), 'utf8')).value;

test.each(['every-key.toml', 'chat.toml', 'enlarge.toml'])('%s is right for editors too', async (name) => {
  expect([endpoint(await tomlOf(name)), endpoint.errors]).toEqual([true, null]);
});

test('so is the server’s file', async () => {
  expect([server(await tomlOf('aime_api_server.cfg')), server.errors]).toEqual([true, null]);
});

test('an editor shows unknown keys and wrong values', async () => {
  const text = await readFile(examplePath('chat.toml'), 'utf8');
  for (const [from, to] of [
    ['version = 3', 'version = "3"'],
    ['version = 3', 'verison = 3'],
    ['"bool"', '"boole"'],
    ['max_queue_length = 10', 'max_queue_length = 0'],
  ] as const) {
    expect([to, endpoint(parseToml(text.replace(from, to)).value)]).toEqual([to, false]);
  }
});
