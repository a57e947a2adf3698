import { describe, expect, it } from '@jest/globals';
import { confineExternalData, refuseExternalData } from './external-data.js';

const paths = new Set(['onnx/model.onnx', 'onnx/model.onnx_data', 'weights.bin']);
const confine = (...locations: string[]): void => {
  confineExternalData(new Map([['onnx/model.onnx', locations]]), paths);
};

describe('weights outside of a model', () => {
  it('may lie anywhere in its folder', () => {
    confine('model.onnx_data', './model.onnx_data', '../weights.bin');
  });

  it.each(['../../etc/passwd', '/etc/passwd', '..\\x', 'missing.bin', '..'])('may not be %s', (location) => {
    expect(() => {
      confine(location);
    }).toThrow(/onnx\/model\.onnx keeps its weights/u);
  });

  it('need a folder', () => {
    refuseExternalData('m.onnx', []);
    expect(() => {
      refuseExternalData('m.onnx', ['m.data']);
    }).toThrow(/enter both as a folder/u);
  });
});
