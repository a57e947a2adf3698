import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import type { AngleMethod, CfarConfig, CfarKind, RadarConfig, WindowKind } from './types.js';

/** The numbers of the file, in the order of their names here: 1 is the first. */
const windowKinds = ['hann', 'hamming', 'chebyshev'] as const satisfies readonly WindowKind[];
const angleMethods = ['fft', 'music', 'dbf', 'capon'] as const satisfies readonly AngleMethod[];
const cfarKinds = ['ca', 'so', 'go', 'os'] as const satisfies readonly CfarKind[];

const count = z.int().min(1);
const length = z.int().min(0);
const positive = z.number().positive();
const notNegative = z.number().min(0);

const fileSchema = z.object({
  RadarBasicConfig: one({
    numRx: count,
    numTx: count,
    Start_frequency: positive,
    idle: notNegative,
    adcStartTime: notNegative,
    rampEndTime: positive,
    freqSlopeConst: positive,
    adcSamples: count,
    adcSampleRate: positive,
    numChirps: count,
    fps: positive,
  }),
  RadarDetectionConfig: one({
    RangeWinType: numbered(windowKinds),
    DopplerWinType: numbered(windowKinds),
    AoaEstimationType: numbered(angleMethods),
    DopplerCfarMethod: numbered(cfarKinds),
    DopplerPfa: positive,
    DopplerWinGuardLen: length,
    DopplerWinTrainLen: count,
    RangeCfarMethod: numbered(cfarKinds),
    RangePfa: positive,
    RangeWinGuardLen: length,
    RangeWinTrainLen: count,
  }),
  RadarClusteringConfig: one({
    eps: positive,
    weight: notNegative,
    minPointsInCluster: count,
    maxClusters: count,
    maxPoints: count,
  }),
  RadarTrackingConfig: one({
    trackerAssociationThreshold: positive,
    measurementNoiseVariance: positive,
    timePerFrame: positive,
    iirForgetFactor: z.number().min(0).max(1),
    trackerActiveThreshold: length,
    trackerForgetThreshold: length,
  }),
});

type ConfigFile = z.infer<typeof fileSchema>;
type DetectionFile = ConfigFile['RadarDetectionConfig'][0];

/**
 * Reads the radar configuration JSON: four arrays of one object each; keys that are not known are passed over.
 *
 * @throws MeshError CONFIG_INVALID naming the field that is missing or wrong
 */
export function parseRadarConfig(text: string): RadarConfig {
  const parsed = fileSchema.safeParse(parseJson(text));
  if (parsed.success) return fromFile(parsed.data);
  const [issue] = parsed.error.issues;
  throw new MeshError(
    'CONFIG_INVALID',
    `radar configuration: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'is not valid'}`,
  );
}

/** Writes what `parseRadarConfig` reads. */
export function formatRadarConfig(config: RadarConfig): string {
  return `${JSON.stringify(toFile(config), null, 2)}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MeshError('CONFIG_INVALID', 'radar configuration: the text is not JSON', { cause });
  }
}

function fromFile(file: ConfigFile): RadarConfig {
  const [basic] = file.RadarBasicConfig;
  const [detection] = file.RadarDetectionConfig;
  const [clustering] = file.RadarClusteringConfig;
  const [tracking] = file.RadarTrackingConfig;
  return {
    basic: {
      receivers: basic.numRx,
      transmitters: basic.numTx,
      startFrequencyGhz: basic.Start_frequency,
      idleUs: basic.idle,
      adcStartUs: basic.adcStartTime,
      rampEndUs: basic.rampEndTime,
      slopeMhzPerUs: basic.freqSlopeConst,
      samples: basic.adcSamples,
      sampleRateKsps: basic.adcSampleRate,
      chirps: basic.numChirps,
      framesPerSecond: basic.fps,
    },
    detection: {
      rangeWindow: windowKinds[detection.RangeWinType - 1] ?? 'hann',
      dopplerWindow: windowKinds[detection.DopplerWinType - 1] ?? 'hann',
      angleMethod: angleMethods[detection.AoaEstimationType - 1] ?? 'fft',
      dopplerCfar: cfarFromFile(detection, 'Doppler'),
      rangeCfar: cfarFromFile(detection, 'Range'),
    },
    clustering: {
      maxDistanceM: clustering.eps,
      speedWeight: clustering.weight,
      minPoints: clustering.minPointsInCluster,
      maxClusters: clustering.maxClusters,
      maxPoints: clustering.maxPoints,
    },
    tracking: {
      associationDistanceM: tracking.trackerAssociationThreshold,
      measurementNoiseVariance: tracking.measurementNoiseVariance,
      framesPerSecond: tracking.timePerFrame,
      sizeForgetFactor: tracking.iirForgetFactor,
      activeThreshold: tracking.trackerActiveThreshold,
      forgetThreshold: tracking.trackerForgetThreshold,
    },
  };
}

function cfarFromFile(detection: DetectionFile, axis: 'Doppler' | 'Range'): CfarConfig {
  return {
    kind: cfarKinds[detection[`${axis}CfarMethod`] - 1] ?? 'ca',
    pfa: detection[`${axis}Pfa`],
    guardCells: detection[`${axis}WinGuardLen`],
    trainingCells: detection[`${axis}WinTrainLen`],
  };
}

function toFile({ basic, detection, clustering, tracking }: RadarConfig): ConfigFile {
  const { dopplerCfar, rangeCfar } = detection;
  return {
    RadarBasicConfig: [
      {
        numRx: basic.receivers,
        numTx: basic.transmitters,
        Start_frequency: basic.startFrequencyGhz,
        idle: basic.idleUs,
        adcStartTime: basic.adcStartUs,
        rampEndTime: basic.rampEndUs,
        freqSlopeConst: basic.slopeMhzPerUs,
        adcSamples: basic.samples,
        adcSampleRate: basic.sampleRateKsps,
        numChirps: basic.chirps,
        fps: basic.framesPerSecond,
      },
    ],
    RadarDetectionConfig: [
      {
        RangeWinType: windowKinds.indexOf(detection.rangeWindow) + 1,
        DopplerWinType: windowKinds.indexOf(detection.dopplerWindow) + 1,
        AoaEstimationType: angleMethods.indexOf(detection.angleMethod) + 1,
        DopplerCfarMethod: cfarKinds.indexOf(dopplerCfar.kind) + 1,
        DopplerPfa: dopplerCfar.pfa,
        DopplerWinGuardLen: dopplerCfar.guardCells,
        DopplerWinTrainLen: dopplerCfar.trainingCells,
        RangeCfarMethod: cfarKinds.indexOf(rangeCfar.kind) + 1,
        RangePfa: rangeCfar.pfa,
        RangeWinGuardLen: rangeCfar.guardCells,
        RangeWinTrainLen: rangeCfar.trainingCells,
      },
    ],
    RadarClusteringConfig: [
      {
        eps: clustering.maxDistanceM,
        weight: clustering.speedWeight,
        minPointsInCluster: clustering.minPoints,
        maxClusters: clustering.maxClusters,
        maxPoints: clustering.maxPoints,
      },
    ],
    RadarTrackingConfig: [
      {
        trackerAssociationThreshold: tracking.associationDistanceM,
        measurementNoiseVariance: tracking.measurementNoiseVariance,
        timePerFrame: tracking.framesPerSecond,
        iirForgetFactor: tracking.sizeForgetFactor,
        trackerActiveThreshold: tracking.activeThreshold,
        trackerForgetThreshold: tracking.forgetThreshold,
      },
    ],
  };
}

/** An array with one object. */
function one<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.tuple([z.object(shape)]);
}

function numbered(names: readonly string[]) {
  return z.int().min(1).max(names.length);
}
