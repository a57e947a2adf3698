import { describe, expect, test } from '@jest/globals';
import { raddetConfig } from './configs.js';
import { decodeFrame, encodeFrame } from './frame-file.js';
import { createScene, parseScene } from './scene.js';

const basic = { ...raddetConfig.basic, receivers: 1, transmitters: 1, chirps: 1, samples: 2 };

describe('radar files', () => {
  test('are little-endian float32, real and imaginary part by turns, without a header', () => {
    const bytes = encodeFrame(Float32Array.of(1, -2, 0.5, 0));
    expect(bytes.toString('hex')).toBe('0000803f000000c00000003f00000000');
    expect([...decodeFrame(bytes, basic)]).toEqual([1, -2, 0.5, 0]);
  });

  test('bytes at an odd place in memory can be read', () => {
    const bytes = Buffer.concat([Buffer.of(9), encodeFrame(Float32Array.of(1, 2, 3, 4))]).subarray(1);
    expect([...decodeFrame(bytes, basic)]).toEqual([1, 2, 3, 4]);
  });

  test('another number of bytes is refused, with both numbers', () => {
    expect(() => decodeFrame(Buffer.alloc(15), basic)).toThrow(
      /15 bytes; 1 chirps of 1 antennas and 2 samples take 16/,
    );
  });
});

describe('scenes', () => {
  test('what is left out is filled in', () => {
    expect(parseScene('{"targets":[{"positionM":[1,2],"snrDb":20}]}')).toEqual({
      seed: 1,
      frames: 1,
      noiseRms: 1,
      multiplexing: 'coded',
      targets: [{ positionM: [1, 2], velocityMps: [0, 0], snrDb: 20, sizeM: [0, 0], scatterers: 1 }],
    });
    expect(createScene({})).toMatchObject({ targets: [] });
  });

  test.each([
    ['{', /scene: the text is not JSON/],
    ['{"targets":[{"positionM":[1],"snrDb":20}]}', /scene: targets\.0\.positionM/],
    ['{"targets":[{"positionM":[1,2]}]}', /scene: targets\.0\.snrDb/],
    ['{"frames":0}', /scene: frames/],
    ['{"tragets":[]}', /tragets/],
    ['[]', /scene: the whole/],
  ])('%s is refused, and the field is named', (text, message) => {
    expect(() => parseScene(text)).toThrow(message);
  });
});
