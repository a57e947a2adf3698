import { describe, expect, test } from '@jest/globals';
import { formatProblem, maxConfigBytes, parseEndpoint } from '../src/index.js';

const head = '[ENDPOINT]\nname = "it"\n[WORKER]\njob_type = "it"\n';

function problemsOf(text: string): readonly string[] {
  return parseEndpoint(text, 'it.toml').problems.map(formatProblem);
}

/** Of a file whose sections begin in line 5. */
function problemsBelow(text: string): readonly string[] {
  return problemsOf(head + text);
}

describe('all mistakes of a file at once, each with its place', () => {
  test('the sections', () => {
    const text = [
      '[ENDPOINT]',
      'name = "with spaces"',
      'methods = ["GET", "PUT"]',
      'version = 1.5',
      '[CLIENTS]',
      'authorization = "Password"',
      'client_request_limit = -1',
    ].join('\n');
    expect(problemsOf(text)).toEqual([
      'it.toml:1:1: WORKER: is missing: give a table',
      expect.stringMatching(/^it\.toml:2:1: ENDPOINT\.name: must be letters, digits/u),
      'it.toml:3:19: ENDPOINT.methods[1]: must be "GET" or "POST", is "PUT"',
      'it.toml:4:1: ENDPOINT.version: must be a whole number, is 1.5',
      'it.toml:6:1: CLIENTS.authorization: must be "None" or "Key", is "Password"',
      'it.toml:7:1: CLIENTS.client_request_limit: must be at least 0',
    ]);
  });

  test('the parameters', () => {
    const text = [
      '[INPUTS]',
      'a = { type = "number" }',
      'b = { default = 3 }',
      'c = { type = "int", min = "1", max = 3 }',
      'd = { type = "selection" }',
      'e.type = "image"',
      'e.format = "PNG"',
      'e.size = { min = [1, 2, 3] }',
      '"f g" = { type = "int" }',
      'h = { type = "json", default = 2020-01-01 }',
    ].join('\n');
    expect(problemsBelow(text)).toEqual([
      expect.stringMatching(
        /^it\.toml:6:7: INPUTS\.a\.type: "number" is no type here; the types are "integer", "int", /u,
      ),
      expect.stringMatching(/^it\.toml:7:1: INPUTS\.b\.type: needs a type: the types are "integer"/u),
      'it.toml:8:21: INPUTS.c.min: must be a number, is "1"',
      'it.toml:9:1: INPUTS.d.supported: is missing: give a list in [brackets]',
      'it.toml:11:3: INPUTS.e.format: must be a table, is "PNG"',
      'it.toml:12:12: INPUTS.e.size.min: must be a whole number of pixels, or [width, height]',
      expect.stringMatching(/^it\.toml:13:1: INPUTS\."f g": the name must be a name of letters/u),
      'it.toml:14:22: INPUTS.h.default: must be no date: JSON has none; write a text in quotes',
    ]);
  });

  test('what is right by itself and wrong together', () => {
    const text = [
      '[INPUTS]',
      'a = { type = "int", min = 5, max = 3 }',
      'b = { type = "int", min = 33, max = 60, align = 32 }',
      'c = { type = "int", max = 10, align = 2, default = 11 }',
      'd = { type = "selection", supported = ["x"], default = "y", auto_convert = true }',
      'e = { type = "string", max_length = 2, default = "long" }',
      'f = { type = "json", default = "{" }',
      'g.type = "image"',
      'g.format = { supported = ["jpg", "heic"], default = "png" }',
      'h.type = "audio"',
      'h.sample_rate = { supported = [16000], default = 8000 }',
      'key = { type = "string" }',
      'i = { type = "int" }',
      '[OUTPUTS]',
      'job_id = { type = "string" }',
      '[SESSION.VARS]',
      'i = { default = 1 }',
    ].join('\n');
    expect(problemsBelow(text)).toEqual([
      'it.toml:6:30: INPUTS.a.max: must be at least min, which is 5, is 3',
      'it.toml:7:41: INPUTS.b.align: no multiple of 32 lies between min 33 and max 60',
      'it.toml:8:42: INPUTS.c.default: the value 11 is greater than the maximum 10',
      'it.toml:8:42: INPUTS.c.default: the value 11 is not a multiple of 2',
      'it.toml:9:46: INPUTS.d.default: the value "y" is not one of the supported values "x"',
      // With auto_convert it would have been cut.
      'it.toml:10:40: INPUTS.e.default: the value "long" is longer than the maximum length of 2 characters',
      'it.toml:11:22: INPUTS.f.default: the value "{" is not valid JSON',
      'it.toml:13:34: INPUTS.g.format.supported[1]: must be "jpeg", "png", "tiff", "bmp", "gif" or "webp", is "heic"',
      'it.toml:13:43: INPUTS.g.format.default: must be one of supported: "jpeg" or "heic"',
      'it.toml:15:40: INPUTS.h.sample_rate.default: must be one of supported: 16000',
      'it.toml:16:1: INPUTS.key: is a parameter that every endpoint has',
      'it.toml:17:1: INPUTS.i: is a variable of [SESSION.VARS], which no client may send',
      'it.toml:19:1: OUTPUTS.job_id: is the name of a field that every answer has; choose another one',
    ]);
  });

  test('static routes', () => {
    const text = [
      '[STATIC]',
      '"/a" = { file = "x", path = "y" }',
      '"/b/" = { }',
      '"/c" = { path = "x" }',
      '"/c/" = { path = "x" }',
      '"d" = { file = "x" }',
    ].join('\n');
    expect(problemsBelow(text)).toEqual([
      expect.stringMatching(/^it\.toml:10:1: STATIC\.d: the name must begin with \//u),
    ]);
    expect(problemsBelow(text.replace('"d"', '"/it/login/"'))).toEqual([
      'it.toml:6:1: STATIC."/a": needs either file or path',
      'it.toml:7:1: STATIC."/b/": needs either file or path',
      'it.toml:9:1: STATIC."/c/": the route /c stands in this file twice',
      'it.toml:10:1: STATIC."/it/login/": the route /it/login is taken by the API',
    ]);
  });

  test.each(['api', 'v1', 'worker_job_request', 'healthz', 'endpoints'])('the name %s is reserved', (name) => {
    expect(problemsOf(`[ENDPOINT]\nname = "${name}"\n[WORKER]\njob_type = "it"`)).toEqual([
      `it.toml:2:1: ENDPOINT.name: the name ${name} is reserved; choose another one`,
    ]);
  });
});

describe('a key without effect is a warning', () => {
  test('that says what was meant, or where it belongs', () => {
    const text = [
      '[CLIENTS]',
      'result_lifetime = 60',
      'authorisation = "Key"',
      '[INPUTS]',
      'a = { type = "int", requierd = true, colour = 1 }',
      'b = { type = "int", min = 0, minimum = 1 }',
      '[JINJA]',
      '"/x" = { file = "x" }',
    ].join('\n');
    const { endpoint } = parseEndpoint(head + text, 'it.toml');
    expect(endpoint).not.toBeNull();
    expect(problemsBelow(text)).toEqual([
      'it.toml:6:1: warning: CLIENTS.result_lifetime: has no effect here; it belongs in [ENDPOINT]',
      'it.toml:7:1: warning: CLIENTS.authorisation: is not known and has no effect; did you mean authorization?',
      'it.toml:9:21: warning: INPUTS.a.requierd: is not known and has no effect; did you mean required?',
      expect.stringMatching(/INPUTS\.a\.colour: is not known and has no effect; known here: type, default, .*align$/u),
      'it.toml:10:30: warning: INPUTS.b.minimum: has no effect beside min',
      'it.toml:11:2: warning: JINJA: has no effect: templates are not rendered',
    ]);
  });
});

describe('what is no TOML', () => {
  test.each([
    ['a = \n', 'it.toml:2:1: not valid TOML: Unspecified values'],
    ['[x]\n[x]\n', 'it.toml:2:2: not valid TOML: Defining a key multiple times'],
    ['a = "x', 'it.toml:1:7: not valid TOML: Unterminated string'],
    ['a = 1\n__proto__ = 2', 'it.toml:2:1: no key may be named __proto__'],
    ['[a.__proto__]\nb = 1', 'it.toml:1:4: no key may be named __proto__'],
    [`a${'.a'.repeat(50_000)} = 1`, 'it.toml:1:65: tables are nested more than 32 deep'],
    [`a = ${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'nested'],
  ])('%# is told with its place', (text, start) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(start)]);
  });

  test('more than anybody reads is counted', () => {
    const { endpoint, problems } = parseEndpoint(
      `${Array.from({ length: 1000 }, (_, i) => `k${i} = 1`).join('\n')}\n${head}`,
      'it.toml',
    );
    expect(endpoint).not.toBeNull();
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)).toMatchObject({ severity: 'warning', message: 'and 800 more problems in this file' });
  });

  test('ten megabytes are refused before they are parsed', () => {
    const text = `${head}[INPUTS]\n${'# a comment\n'.repeat(900_000)}`;
    expect(problemsOf(text)).toEqual([
      `it.toml:1:1: the file has more than ${maxConfigBytes} bytes, the most that is read`,
    ]);
  });
});
