import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { load } from './load-example.js';

const page = await readFile(new URL('../../../docs/dialects/aime.md', import.meta.url), 'utf8');
const [whole = '', mapping = ''] = [...page.matchAll(/```toml\n(.*?)```/gsu)].map(([, text]) => text ?? '');

test('the page’s endpoint is one without any problem', () => {
  expect(load(whole, 'paint.toml').definition).toMatchObject({
    name: 'paint',
    inputs: [{ name: 'prompt' }, { name: 'steps' }, { name: 'width' }, { name: 'sampler' }, { name: 'start' }],
    progressOutputs: [{ name: 'preview' }],
  });
});

test('so is its mapping to a runtime, with the inputs and outputs that it speaks of', () => {
  const rest =
    '[ENDPOINT]\nname = "enlarge"\n[INPUTS]\npicture = { type = "image" }\nfactor = { type = "float" }\n[OUTPUTS]\npicture = { type = "image" }\nfactor = { type = "float" }\n';
  expect(load(`${mapping}${rest}`).definition.worker.runtime).toEqual({
    runtime: 'extras',
    payload: {
      image: { from: 'input', name: 'picture' },
      scale: { from: 'input', name: 'factor' },
      upscaler: { from: 'constant', value: 'infermesh-photo-x2' },
    },
    result: { picture: { from: 'result', path: ['image'] }, factor: { from: 'input', name: 'factor' } },
  });
});
