import type { CfarHit, CubeLayout, RadarConfig, RadarFrameResult, RadarProfile, RangeDopplerMap } from '../ts/types.js';
import { angleByFft } from './angle-fft.js';
import { angleByScan } from './angle-scan.js';
import { detectCompatible } from './cfar-compatible.js';
import { detectCorrect, type AxisTest } from './cfar-correct.js';
import { axisThresholds } from './cfar-threshold.js';
import { clusterPoints, type UnclusteredPoint } from './cluster-points.js';
import { compensateTdm } from './compensate-tdm.js';
import { complexVector, type ComplexMatrix, type ComplexVector } from './complex.js';
import { groupPeaks } from './group-peaks.js';
import type { MagnitudeMap } from './magnitude-map.js';
import { rangeDopplerSpectrum, type SpectrumWindows } from './range-doppler-spectrum.js';
import { readCube } from './read-cube.js';
import { sumMagnitudes } from './sum-magnitudes.js';
import { ReferenceTracker } from './tracker.js';
import { unitsOf, type Units } from './units.js';
import { windowWeights } from './window.js';

export interface ReferenceResult extends RadarFrameResult {
  readonly map: RangeDopplerMap;
  /** Before peak grouping. */
  readonly hits: readonly CfarHit[];
}

/**
 * Section 7 in float64, one file a step: what the addon is compared with. Written to be read, not to be fast.
 * docs/radar.md has the steps, the choices where the dossier leaves something open, and the two profiles.
 */
export class ReferenceRadar {
  readonly #config: RadarConfig;
  readonly #profile: RadarProfile;
  readonly #windows: SpectrumWindows;
  readonly #units: Units;
  readonly #detect: (map: MagnitudeMap) => CfarHit[];
  readonly #tracker: ReferenceTracker;

  constructor(config: RadarConfig, profile: RadarProfile) {
    this.#config = config;
    this.#profile = profile;
    this.#windows = windowsOf(config, profile);
    this.#units = unitsOf(config.basic, profile);
    this.#detect = createDetect(config, profile, this.#windows);
    this.#tracker = new ReferenceTracker(config.tracking, profile);
  }

  /** The next frame: tracks go on from the frame before. */
  process(cube: Float32Array, layout: CubeLayout = 'chirp-antenna-sample'): ReferenceResult {
    const { basic, clustering } = this.#config;
    const spectra = readCube(cube, layout, basic).map((chirps) => rangeDopplerSpectrum(chirps, this.#windows));
    const map = sumMagnitudes(spectra);
    const hits = this.#detect(map);
    const kept = groupPeaks(hits, map.rangeBins, map.dopplerBins);
    const found = kept.slice(0, clustering.maxPoints).map((hit) => this.#toPoint(hit, spectra));
    const { points, clusters } = clusterPoints(found, clustering);
    const tracks = this.#tracker.advance(clusters);
    return { map: map.toFloat32(), hits, points, clusters, tracks, droppedPoints: kept.length - points.length };
  }

  #toPoint({ rangeBin, dopplerBin, snr }: CfarHit, spectra: readonly ComplexMatrix[]): UnclusteredPoint {
    const { mirror, rangeStepM, zeroSpeedBin, speedStepMps } = this.#units;
    const rangeIndex = mirror - rangeBin;
    return {
      rangeIndex,
      speedIndex: dopplerBin,
      rangeM: rangeIndex * rangeStepM,
      speedMps: (dopplerBin - zeroSpeedBin) * speedStepMps,
      angleDegrees: -this.#angleOf(antennaValues(spectra, rangeBin, dopplerBin), dopplerBin),
      snr,
    };
  }

  #angleOf(values: ComplexVector, dopplerBin: number): number {
    const { basic, detection } = this.#config;
    const aligned = this.#profile === 'compatible' ? values : compensateTdm(values, dopplerBin, basic);
    return detection.angleMethod === 'fft'
      ? angleByFft(aligned, basic.chirps)
      : angleByScan(detection.angleMethod, aligned);
  }
}

function windowsOf({ basic, detection }: RadarConfig, profile: RadarProfile): SpectrumWindows {
  const isConfigured = profile === 'correct';
  return {
    range: windowWeights(isConfigured ? detection.rangeWindow : 'hann', basic.samples),
    doppler: windowWeights(isConfigured ? detection.dopplerWindow : 'hann', basic.chirps),
  };
}

function createDetect(
  { basic, detection }: RadarConfig,
  profile: RadarProfile,
  windows: SpectrumWindows,
): (map: MagnitudeMap) => CfarHit[] {
  if (profile === 'compatible') return (map) => detectCompatible(map, detection);
  const antennas = basic.receivers * basic.transmitters;
  const { dopplerCfar, rangeCfar } = detection;
  const doppler: AxisTest = {
    config: dopplerCfar,
    thresholds: axisThresholds(dopplerCfar, antennas, windows.doppler),
  };
  const range: AxisTest = { config: rangeCfar, thresholds: axisThresholds(rangeCfar, antennas, windows.range) };
  return (map) => detectCorrect(map, doppler, range);
}

function antennaValues(spectra: readonly ComplexMatrix[], rangeBin: number, dopplerBin: number): ComplexVector {
  const values = complexVector(spectra.length);
  spectra.forEach((spectrum, antenna) => {
    const { re, im } = spectrum.row(rangeBin);
    values.re[antenna] = re[dopplerBin] ?? 0;
    values.im[antenna] = im[dopplerBin] ?? 0;
  });
  return values;
}
