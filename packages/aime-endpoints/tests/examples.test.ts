import { describe, expect, test } from '@jest/globals';
import { MediaValue, filterOutputs } from '../src/index.js';
import { aPicture, ask, dataUrl, examplePath, loadExample, parametersOf, errorsOf } from './load-example.js';
import { SmallConverter } from './small-converter.js';
import { aWav } from './small-wav.js';

const everyKey = await loadExample('every-key.toml');
const endpoint = everyKey.definition;

describe('the documented example', () => {
  test('its basic keys', () => {
    expect(endpoint).toMatchObject({
      name: 'every_key',
      title: 'Every key',
      description: 'Shows each kind of parameter once',
      methods: ['GET', 'POST'],
      version: 0,
      worker: { jobType: 'every_key_jobs', requestTimeoutMs: 60_000, runtime: null },
      clients: {
        login: { authentication: 'user', authorization: 'key' },
        requestLimit: null,
        provideWorkerMetaData: true,
      },
    });
  });

  test('its secrets are apart from the definition, which may be logged', () => {
    expect(everyKey.secrets.workerAuthKey).toBe('worker-secret');
    expect([...everyKey.secrets.authorizationKeys]).toEqual([['aime', 'client-secret']]);
    expect(JSON.stringify(endpoint)).not.toContain('secret');
  });

  test('nothing of it can be changed', () => {
    expect(Object.isFrozen(endpoint)).toBe(true);
    expect(endpoint.inputs.every((input) => Object.isFrozen(input))).toBe(true);
  });

  test('a request without parameters gets the defaults', async () => {
    expect(await parametersOf(endpoint, {})).toEqual({
      steps: 1,
      strength: 1,
      history: [],
      sampler: 'heun',
      batch: 8,
    });
  });

  test('numbers are brought to their limits, also to a minimum of 0', async () => {
    expect(await parametersOf(endpoint, { steps: -3, strength: 11.5 })).toMatchObject({ steps: 0, strength: 10 });
    expect(await parametersOf(endpoint, { steps: 99, strength: -1 })).toMatchObject({ steps: 10, strength: 0 });
  });

  test('a long text is cut, not replaced by its length', async () => {
    const { prompt } = await parametersOf(endpoint, { prompt: 'ä'.repeat(300) });
    expect(prompt).toBe('ä'.repeat(200));
  });

  test('json comes as text or as itself, and goes on parsed', async () => {
    const history = [{ role: 'user', content: 'Hello' }];
    expect(await parametersOf(endpoint, { history: JSON.stringify(history) })).toMatchObject({ history });
    expect(await parametersOf(endpoint, { history })).toMatchObject({ history });
    expect(await errorsOf(endpoint, { history: '[{' })).toEqual([expect.stringContaining('not valid JSON')]);
  });

  test('what is not to be selected becomes the default', async () => {
    expect(await parametersOf(endpoint, { sampler: 'plms', batch: 3 })).toMatchObject({ sampler: 'heun', batch: 8 });
    expect(await parametersOf(endpoint, { sampler: 'ddim', batch: 16 })).toMatchObject({ sampler: 'ddim', batch: 16 });
  });

  test('a recording is brought to one channel, 16 kHz and 30 s, and what complies stays byte for byte', async () => {
    const long = aWav({ seconds: 32, sampleRateHz: 8_000, channels: 2 });
    const converter = new SmallConverter();
    const { voice } = await parametersOf(endpoint, { voice: dataUrl('audio/wav', long) }, converter);
    expect(converter.targets).toEqual([
      expect.objectContaining({
        format: 'wav',
        sampleRateHz: 16_000,
        channels: 1,
        maxDurationSeconds: 30,
        // WAV has no bit rate to choose, though 256 kbit/s are over the limit.
        audioBitRate: null,
      }),
    ]);
    const { attributes, bytes } = voice as MediaValue;
    expect(attributes).toMatchObject({ sampleRateHz: 16_000, channels: 1, durationSeconds: 30 });

    const again = new SmallConverter();
    const second = await parametersOf(endpoint, { voice: dataUrl('audio/wav', bytes) }, again);
    expect(again.targets).toEqual([]);
    expect((second['voice'] as MediaValue).isConverted).toBe(false);
    expect(Buffer.from((second['voice'] as MediaValue).bytes).equals(Buffer.from(bytes))).toBe(true);
  });

  test('a picture that complies passes untouched, whatever its data URL calls it', async () => {
    const png = await aPicture(20, 10);
    const converter = new SmallConverter();
    const { picture } = await parametersOf(endpoint, { picture: dataUrl('image/WAV', png) }, converter);
    expect(converter.targets).toEqual([]);
    expect((picture as MediaValue).toDataUrl()).toBe(dataUrl('image/png', png));
  });

  test('a sound among pictures and a picture among sounds are refused together', async () => {
    const errors = await errorsOf(endpoint, {
      picture: dataUrl('image/png', aWav()),
      voice: dataUrl('audio/wav', await aPicture(4, 4)),
    });
    expect(errors).toEqual([
      'parameter "voice" (audio): the data is image/png, though the data URL says audio/wav; expected is audio',
      'parameter "picture" (image): the data is audio/wav, though the data URL says image/png; expected is image',
    ]);
  });

  test('outputs and progress pass by their declarations', () => {
    const result = {
      steps: 3,
      strength: 2,
      text: 'done',
      picture: 'data:image/JPEG;base64,AAAA',
      secret: 1,
      job_id: 'x',
    };
    expect(filterOutputs(endpoint.outputs, result)).toEqual({
      values: { steps: 3, strength: 2, text: 'done', picture: 'data:image/JPEG;base64,AAAA' },
      problems: ['the output "secret" is not declared'],
    });
    expect(filterOutputs(endpoint.progressOutputs, { text: 'a', num_generated_tokens: 4, left: 1 }).values).toEqual({
      text: 'a',
      num_generated_tokens: 4,
    });
  });

  test('static routes start at the folder of the file', () => {
    expect(endpoint.staticRoutes).toMatchObject([
      { slug: '/every_key', kind: 'file', sourcePath: examplePath('pages/index.html'), compile: 'none' },
      { slug: '/every_key/pages', kind: 'folder', sourcePath: examplePath('pages') },
      { slug: '/every_key/pages/style.css', kind: 'file', sourcePath: examplePath('pages/style.css') },
    ]);
  });
});

describe('what files in use hold beside it', () => {
  test('limits of the queue, seconds as milliseconds', async () => {
    const { definition } = await loadExample('chat.toml');
    expect(definition.queue).toEqual({
      maxQueueLength: 10,
      maxTimeInQueueMs: 60_000,
      jobInactivityTimeoutMs: 30_000,
      resultLifetimeMs: 120_000,
    });
    expect(definition).toMatchObject({ version: 3, category: 'chat', worker: { requestTimeoutMs: 20_000 } });
    expect(definition.sessionVariables).toEqual([{ name: 'turns', defaultValue: 0 }]);
    expect(definition.clients.login).toBeNull();
  });

  test('a chat with a picture, which is converted where it stands', async () => {
    const { definition } = await loadExample('chat.toml');
    const large = dataUrl('image/png', await aPicture(64, 16));
    const messages = [
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: [{ text: 'What is this?' }, { image: large }] },
    ];
    const { chat_context: chat } = await parametersOf(definition, { chat_context: JSON.stringify(messages) });
    const converted = (chat as typeof messages)[1]?.content[1] as unknown as { image: MediaValue };
    expect(converted.image.attributes.size).toEqual([32, 16]);
    expect(chat).toMatchObject([messages[0], { content: [{ text: 'What is this?' }, {}] }]);
  });

  test('a chat with mistakes, told message by message', async () => {
    const { definition } = await loadExample('chat.toml');
    const messages = [{ role: 'robot', content: 'x' }, { role: 'user', content: [{ audio: 'data:' }, {}] }, 'hello'];
    expect(await errorsOf(definition, { chat_context: messages, prompt_input: 'and a text' })).toEqual([
      expect.stringContaining('message 1: the role "robot" is not system, user or assistant'),
      expect.stringContaining('message 2: part 1 holds audio, which this endpoint does not take'),
      expect.stringContaining('message 2: part 2 must have one of text, image, audio and video'),
      expect.stringContaining('message 3: must have role and content'),
      expect.stringContaining('"prompt_input" (text_context): excludes the parameter "chat_context"'),
    ]);
  });

  test('a list of pictures, each of them checked', async () => {
    const { definition } = await loadExample('chat.toml');
    const url = dataUrl('image/png', await aPicture(3, 3));
    const { pictures } = await parametersOf(definition, { pictures: [url, url] });
    expect(pictures).toEqual([expect.any(MediaValue), expect.any(MediaValue)]);
    expect(await errorsOf(definition, { pictures: [url, 'nothing', `${url}*`] })).toEqual([
      expect.stringContaining('image 2: the value is not a data URL'),
      expect.stringContaining('image 3: the data is not valid base64'),
    ]);
    expect(await errorsOf(definition, { pictures: url })).toEqual([expect.stringContaining('expected is list')]);
    expect(await errorsOf(definition, { pictures: Array.from({ length: 65 }, () => url) })).toEqual([
      expect.stringContaining('holds 65 media, the most that is taken is 64'),
    ]);
  });

  test('a query string has texts alone', async () => {
    const { definition } = await loadExample('every-key.toml');
    const reading = await ask(definition, { steps: '7', strength: '0.5', key: 'null', wait_for_result: 'false' });
    expect(reading).toMatchObject({ ok: true, key: null, sessionAuthKey: null, waitForResult: false });
    expect(Object.fromEntries(reading.ok ? reading.parameters : [])).toMatchObject({ steps: 7, strength: 0.5 });
  });
});
