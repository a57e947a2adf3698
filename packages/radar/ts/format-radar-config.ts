import { angleMethods, cfarKinds, windows } from './parse-radar-config.js';
import type { RadarConfig } from './types.js';

/** Writes what `parseRadarConfig` reads. */
export function formatRadarConfig(config: RadarConfig): string {
  return `${JSON.stringify(toFile(config), null, 2)}\n`;
}

function toFile({ basic, detection, clustering, tracking }: RadarConfig): object {
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
        RangeWinType: numberOf(windows, detection.rangeWindow),
        DopplerWinType: numberOf(windows, detection.dopplerWindow),
        AoaEstimationType: numberOf(angleMethods, detection.angleMethod),
        DopplerCfarMethod: numberOf(cfarKinds, dopplerCfar.kind),
        DopplerPfa: dopplerCfar.pfa,
        DopplerWinGuardLen: dopplerCfar.guardCells,
        DopplerWinTrainLen: dopplerCfar.trainingCells,
        RangeCfarMethod: numberOf(cfarKinds, rangeCfar.kind),
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

/** The file counts from 1. */
function numberOf<Choice>(choices: readonly Choice[], choice: Choice): number {
  return choices.indexOf(choice) + 1;
}
