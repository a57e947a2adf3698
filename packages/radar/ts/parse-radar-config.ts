import { MeshError } from '@infermesh/errors';
import { FieldReader } from './field-reader.js';
import type {
  AngleMethod,
  CfarConfig,
  CfarKind,
  RadarBasicConfig,
  RadarClusteringConfig,
  RadarConfig,
  RadarDetectionConfig,
  RadarTrackingConfig,
  WindowKind,
} from './types.js';

/** In the order of their numbers in the file: the first is 1. */
export const windows: readonly WindowKind[] = ['hann', 'hamming', 'chebyshev'];
export const angleMethods: readonly AngleMethod[] = ['fft', 'music', 'dbf', 'capon'];
export const cfarKinds: readonly CfarKind[] = ['ca', 'so', 'go', 'os'];

/**
 * Reads a radar's configuration: a JSON object of four arrays with one object each. What a field may hold beyond its type is
 * checked where a `Radar` is made.
 * @throws MeshError CONFIG_INVALID, naming the field
 */
export function parseRadarConfig(text: string): RadarConfig {
  return readRadarConfig(parseJson(text));
}

/** The same for a document that is parsed already. @throws MeshError CONFIG_INVALID, naming the field */
export function readRadarConfig(document: unknown): RadarConfig {
  return {
    basic: readBasic(FieldReader.ofOnlyElement(document, 'RadarBasicConfig')),
    detection: readDetection(FieldReader.ofOnlyElement(document, 'RadarDetectionConfig')),
    clustering: readClustering(FieldReader.ofOnlyElement(document, 'RadarClusteringConfig')),
    tracking: readTracking(FieldReader.ofOnlyElement(document, 'RadarTrackingConfig')),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MeshError('CONFIG_INVALID', 'radar: the configuration is not JSON', { cause: error });
  }
}

function readBasic(fields: FieldReader): RadarBasicConfig {
  return {
    receivers: fields.whole('numRx'),
    transmitters: fields.whole('numTx'),
    startFrequencyGhz: fields.number('Start_frequency'),
    idleUs: fields.number('idle'),
    adcStartUs: fields.number('adcStartTime'),
    rampEndUs: fields.number('rampEndTime'),
    slopeMhzPerUs: fields.number('freqSlopeConst'),
    samples: fields.whole('adcSamples'),
    sampleRateKsps: fields.number('adcSampleRate'),
    chirps: fields.whole('numChirps'),
    framesPerSecond: fields.number('fps'),
  };
}

function readDetection(fields: FieldReader): RadarDetectionConfig {
  return {
    rangeWindow: fields.choice('RangeWinType', windows),
    dopplerWindow: fields.choice('DopplerWinType', windows),
    angleMethod: fields.choice('AoaEstimationType', angleMethods),
    dopplerCfar: readCfar(fields, 'Doppler'),
    rangeCfar: readCfar(fields, 'Range'),
  };
}

function readCfar(fields: FieldReader, axis: 'Doppler' | 'Range'): CfarConfig {
  return {
    kind: fields.choice(`${axis}CfarMethod`, cfarKinds),
    pfa: fields.number(`${axis}Pfa`),
    guardCells: fields.whole(`${axis}WinGuardLen`),
    trainingCells: fields.whole(`${axis}WinTrainLen`),
  };
}

function readClustering(fields: FieldReader): RadarClusteringConfig {
  return {
    maxDistanceM: fields.number('eps'),
    speedWeight: fields.number('weight'),
    minPoints: fields.whole('minPointsInCluster'),
    maxClusters: fields.whole('maxClusters'),
    maxPoints: fields.whole('maxPoints'),
  };
}

function readTracking(fields: FieldReader): RadarTrackingConfig {
  return {
    associationDistanceM: fields.number('trackerAssociationThreshold'),
    measurementNoiseVariance: fields.number('measurementNoiseVariance'),
    framesPerSecond: fields.number('timePerFrame'),
    sizeForgetFactor: fields.number('iirForgetFactor'),
    activeThreshold: fields.whole('trackerActiveThreshold'),
    forgetThreshold: fields.whole('trackerForgetThreshold'),
  };
}
