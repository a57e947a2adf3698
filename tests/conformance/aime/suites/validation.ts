import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServingWorker } from '../aime-worker.js';
import type { AimeBench } from '../aime-bench.js';
import type { Json } from '../wire.js';

/** One row: what is sent besides `needed`, and what the worker gets of it. */
type Passing = readonly [name: string, sent: Json, given: Json];
/** One row: what is sent, and what each of the errors says. */
type Refused = readonly [name: string, sent: Json, errors: readonly (string | RegExp)[]];

const passing: readonly Passing[] = [
  ['an integer within its limits', { strict_integer: 4 }, { strict_integer: 4 }],
  ['a minimum of 0', { strict_integer: 0 }, { strict_integer: 0 }],
  ['null is absent', { strict_integer: null }, {}],
  ['an integer clamped and aligned to the nearest, from below', { integer: 1 }, { integer: 32 }],
  ['halfway goes up', { integer: 80 }, { integer: 96 }],
  ['aligned down where that is nearer', { integer: 70 }, { integer: 64 }],
  ['from above', { integer: 150 }, { integer: 96 }],
  ['a negative one', { integer: -5 }, { integer: 32 }],
  ['a text that is a number', { integer: '64' }, { integer: 64 }],
  ['a fraction for an integer', { integer: 64.9 }, { integer: 64 }],
  ['an integer for a float', { strict_float: 1 }, { strict_float: 1 }],
  ['a float brought to 0', { float: -2 }, { float: 0 }],
  ['a float brought to its maximum', { float: '11.5' }, { float: 10 }],
  ['a long text is cut by code points', { string: '😀😀😀😀😀😀😀' }, { string: '😀😀😀😀😀' }],
  ['a number for a text', { string: 12 }, { string: '12' }],
  ['a boolean', { strict_boolean: false }, { strict_boolean: false }],
  ['a text for a boolean', { boolean: 'false' }, { boolean: false }],
  ['another text for a boolean', { boolean: 'x' }, { boolean: true }],
  ['a choice', { strict_choice: 'b' }, { strict_choice: 'b' }],
  ['the default for what is not to be chosen', { choice: 3 }, { choice: 2 }],
  ['a text for a choice of numbers', { choice: '4' }, { choice: 4 }],
  ['JSON as text arrives parsed', { list: '[{"a": 1}]' }, { list: [{ a: 1 }] }],
  ['JSON as itself', { list: [{ a: 1 }] }, { list: [{ a: 1 }] }],
  ['an empty text for JSON is null', { list: '' }, { list: null }],
  ['a chat as text', { chat: '[{"role":"user","content":"hi"}]' }, { chat: [{ role: 'user', content: 'hi' }] }],
];

const refused: readonly Refused[] = [
  ['too great', { strict_integer: 12 }, [/strict_integer/u]],
  ['too small', { strict_integer: -2 }, [/strict_integer/u]],
  ['two reasons for one value', { strict_integer: 11 }, [/strict_integer.*10/u, /strict_integer.*2/u]],
  ['a fraction', { strict_integer: 2.5 }, [/strict_integer/u]],
  ['a text for a number', { strict_integer: '4' }, [/strict_integer/u]],
  ['a boolean for a number', { strict_integer: true }, [/strict_integer/u]],
  ['a float over its limit', { strict_float: 1.6 }, [/strict_float/u]],
  ['a long text', { strict_string: '123456' }, [/strict_string.*5/u]],
  ['a number for a text', { strict_string: 1 }, [/strict_string/u]],
  ['a text for a boolean', { strict_boolean: 'true' }, [/strict_boolean/u]],
  ['no choice', { strict_choice: 'c' }, [/strict_choice/u]],
  ['no JSON', { list: '[{' }, [/list/u]],
  ['what is no number at all', { integer: 'many' }, [/integer/u]],
  ['unknown names, all in one', { foo: 1, bar: 2 }, [/foo.*bar/u]],
  ['no data URL', { picture: 'hello' }, [/picture/u]],
  ['malformed base64', { picture: 'data:image/png;base64,!!!' }, [/picture/u]],
  ['a header without a comma', { picture: 'data:image/png;base64' }, [/picture/u]],
  ['bytes that are no sound', { sound: 'data:audio/wav;base64,AAAA' }, [/sound/u]],
  ['a role that there is not', { chat: '[{"role":"king","content":"x"}]' }, [/chat/u]],
  ['a text beside a chat', { words: 'x', chat: '[{"role":"user","content":"hi"}]' }, [/words/u]],
  [
    'everything together',
    { strict_integer: 12, strict_string: '123456', foo: 1 },
    [/strict_integer/u, /strict_string/u, /foo/u],
  ],
];

/** Section 7.5 of the dossier: 16, by the table of 3.4. Where the documentation of the seed says otherwise, it wins. */
export function exerciseValidation(bench: () => AimeBench): void {
  describe('16. what is sent', () => {
    let worker: ServingWorker;

    beforeAll(() => {
      worker = bench().serve(
        'checks',
        ({ job_id: _id, start_time: _start, start_time_compute: _compute, ...given }) => ({ given }),
      );
    });

    afterAll(async () => {
      await worker[Symbol.asyncDispose]();
    });

    async function givenFor(sent: Json): Promise<Json> {
      const { given } = await bench().clientOf('ada').ask('checks', sent);
      return given as Json;
    }

    const defaults = { needed: 'given', strict_choice: 'a', choice: 2, list: [] };

    it('is filled with defaults, and what has none is left out', async () => {
      const given = await givenFor({});
      expect(given).toMatchObject(defaults);
      for (const name of ['integer', 'float', 'string', 'boolean', 'picture', 'chat'])
        expect(given).not.toHaveProperty(name);
    });

    it.each(passing)('passes: %s', async (_name, sent, given) => {
      expect(await givenFor(sent)).toMatchObject({ ...defaults, ...given });
    });

    it.each(refused)('is refused: %s', async (_name, sent, errors) => {
      const { status, body } = await bench().clientOf('ada').submit('checks', sent, { wait: false });
      expect([status, body]).toEqual([
        400,
        { success: false, error: errors.map((text) => expect.stringMatching(text)), ep_version: 7 },
      ]);
    });

    it('by GET is text, which only what converts takes for a number', async () => {
      const client = bench().clientOf('ada');
      const query = (inputs: Record<string, string>): string =>
        `/checks?${new URLSearchParams({ key: 'client-secret-of-ada', ...inputs }).toString()}`;
      const { body } = await client.send(query({ integer: '33' }), { method: 'GET' });
      expect(body).toMatchObject({ success: true, given: { integer: 32 } });
      const { status } = await client.send(query({ strict_integer: '4' }), { method: 'GET' });
      expect(status).toBe(400);
    });
  });
}
