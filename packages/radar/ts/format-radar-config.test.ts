import { describe, expect, test } from '@jest/globals';
import { raddetConfig, raddetOsCfarConfig } from '../sim/index.js';
import { formatRadarConfig } from './format-radar-config.js';
import { parseRadarConfig } from './parse-radar-config.js';

/** Our own text of the RADDet set, as the dossier's table has it. */
const raddetText = `{
  "RadarBasicConfig": [{ "numRx": 4, "numTx": 2, "Start_frequency": 77, "idle": 4, "adcStartTime": 6, "rampEndTime": 32,
    "freqSlopeConst": 30, "adcSamples": 256, "adcSampleRate": 10000, "numChirps": 64, "fps": 10 }],
  "RadarDetectionConfig": [{ "RangeWinType": 1, "DopplerWinType": 1, "AoaEstimationType": 1, "DopplerCfarMethod": 1,
    "DopplerPfa": 2, "DopplerWinGuardLen": 4, "DopplerWinTrainLen": 8, "RangeCfarMethod": 1, "RangePfa": 3,
    "RangeWinGuardLen": 6, "RangeWinTrainLen": 10 }],
  "RadarClusteringConfig": [{ "eps": 5.0, "weight": 0, "minPointsInCluster": 5, "maxClusters": 20, "maxPoints": 1000 }],
  "RadarTrackingConfig": [{ "trackerAssociationThreshold": 2, "measurementNoiseVariance": 0.1, "timePerFrame": 10,
    "iirForgetFactor": 1, "trackerActiveThreshold": 0, "trackerForgetThreshold": 0 }]
}`;

describe('radar configuration JSON', () => {
  test('the RADDet set', () => {
    expect(parseRadarConfig(raddetText)).toEqual(raddetConfig);
  });

  test.each([raddetConfig, raddetOsCfarConfig])('what is written is read again', (config) => {
    expect(parseRadarConfig(formatRadarConfig(config))).toEqual(config);
    expect(JSON.parse(formatRadarConfig(raddetConfig))).toEqual(JSON.parse(raddetText));
  });

  test('all numbers of methods and windows', () => {
    const changed = raddetText
      .replace('"RangeWinType": 1', '"RangeWinType": 3')
      .replace('"DopplerWinType": 1', '"DopplerWinType": 2')
      .replace('"AoaEstimationType": 1', '"AoaEstimationType": 4')
      .replace('"DopplerCfarMethod": 1', '"DopplerCfarMethod": 2')
      .replace('"RangeCfarMethod": 1', '"RangeCfarMethod": 3');
    expect(parseRadarConfig(changed).detection).toMatchObject({
      rangeWindow: 'chebyshev',
      dopplerWindow: 'hamming',
      angleMethod: 'capon',
      dopplerCfar: { kind: 'so' },
      rangeCfar: { kind: 'go' },
    });
  });

  test.each([
    ['"numRx": 4, ', '', /RadarBasicConfig\.numRx/],
    ['"numRx": 4', '"numRx": "4"', /RadarBasicConfig\.numRx/],
    ['"AoaEstimationType": 1', '"AoaEstimationType": 5', /RadarDetectionConfig\.AoaEstimationType/],
    ['RadarTrackingConfig', 'Tracking', /RadarTrackingConfig/],
    ['{', '', /not JSON/],
  ])('%s turned into %j is refused, and the field is named', (from, to, message) => {
    expect(() => parseRadarConfig(raddetText.replace(from, to))).toThrow(message);
  });
});
