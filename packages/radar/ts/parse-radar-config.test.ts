import { describe, expect, it } from '@jest/globals';
import { raddetConfig } from '../sim/index.js';
import { parseRadarConfig, readRadarConfig } from './parse-radar-config.js';

/** The RADDet set as its file has it. */
const document = {
  RadarBasicConfig: [
    {
      numRx: 4,
      numTx: 2,
      Start_frequency: 77,
      idle: 4,
      adcStartTime: 6,
      rampEndTime: 32,
      freqSlopeConst: 30,
      adcSamples: 256,
      adcSampleRate: 10000,
      numChirps: 64,
      fps: 10,
    },
  ],
  RadarDetectionConfig: [
    {
      RangeWinType: 1,
      DopplerWinType: 1,
      AoaEstimationType: 1,
      DopplerCfarMethod: 1,
      RangeCfarMethod: 1,
      DopplerPfa: 2,
      RangePfa: 3,
      DopplerWinGuardLen: 4,
      DopplerWinTrainLen: 8,
      RangeWinGuardLen: 6,
      RangeWinTrainLen: 10,
    },
  ],
  RadarClusteringConfig: [{ eps: 5.0, weight: 0, minPointsInCluster: 5, maxClusters: 20, maxPoints: 1000 }],
  RadarTrackingConfig: [
    {
      trackerAssociationThreshold: 2,
      measurementNoiseVariance: 0.1,
      timePerFrame: 10,
      iirForgetFactor: 1,
      trackerActiveThreshold: 0,
      trackerForgetThreshold: 0,
    },
  ],
} as const;

const withBasic = (changes: object): unknown => ({
  ...document,
  RadarBasicConfig: [{ ...document.RadarBasicConfig[0], ...changes }],
});

describe('parseRadarConfig', () => {
  it('reads the RADDet set', () => {
    expect(parseRadarConfig(JSON.stringify(document))).toEqual(raddetConfig);
  });

  it('refuses what is no JSON', () => {
    expect(() => parseRadarConfig('{')).toThrow(/not JSON/);
  });

  it.each([
    [withBasic({ numTx: undefined }), 'RadarBasicConfig.numTx', /must be a number, and is missing/],
    [withBasic({ numTx: '2' }), 'RadarBasicConfig.numTx', /must be a number, and is "2"/],
    [withBasic({ adcSamples: 1.5 }), 'RadarBasicConfig.adcSamples', /must be a whole number/],
    [{ ...document, RadarTrackingConfig: [] }, 'RadarTrackingConfig', /must be an array with one object/],
    [{ ...document, RadarTrackingConfig: undefined }, 'RadarTrackingConfig', /must be an array with one object/],
    [
      { ...document, RadarDetectionConfig: [{ ...document.RadarDetectionConfig[0], RangeCfarMethod: 5 }] },
      'RadarDetectionConfig.RangeCfarMethod',
      /must be from 1 to 4, and is 5/,
    ],
    [[], 'RadarBasicConfig', /must be a JSON object/],
  ])('names the field at fault (%#)', (bad, field, message) => {
    expect(() => readRadarConfig(bad)).toThrow(message);
    expect(() => readRadarConfig(bad)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', field }));
  });
});
