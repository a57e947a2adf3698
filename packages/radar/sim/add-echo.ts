import type { RadarBasicConfig } from '../ts/types.js';
import type { Scatterer } from './scatterers.js';
import type { Scene } from './scene.js';

const lightSpeedMps = 299_792_458;

export interface Echo {
  readonly scatterer: Scatterer;
  /** Of the complex samples, on each antenna. */
  readonly amplitude: number;
}

/** Room for one chirp's samples, kept from echo to echo. */
export interface ChirpBuffer {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Adds the echo of one scatterer to a frame.
 *
 * The mixer's output for a target at range R is exp(-j 4 pi f R / c), f the frequency of the ramp at that instant. With the
 * minus sign, distance turns the phase backwards over the samples (the mirrored range axis of RADDet's files) and a target
 * that comes closer turns it forwards over the chirps. Range migration within the frame and the Doppler shift within a chirp
 * are part of it; the angle is that of the frame's beginning. Of two antennas half a wavelength apart the second lags by
 * pi sin(angle). Source of the model: M. A. Richards, "Fundamentals of Radar Signal Processing", section 4.6.
 *
 * @param cube [chirp][antenna][sample], interleaved
 * @param seconds since the scene's beginning
 */
export function addEcho(
  cube: Float32Array,
  { scatterer, amplitude }: Echo,
  seconds: number,
  basic: RadarBasicConfig,
  multiplexing: Scene['multiplexing'],
  buffer: ChirpBuffer,
): void {
  const [vx, vy] = scatterer.velocityMps;
  const x = scatterer.positionM[0] + vx * seconds;
  const y = scatterer.positionM[1] + vy * seconds;
  const rangeM = Math.hypot(x, y);
  if (!isSeen(x, rangeM, basic)) return;
  const rangeRateMps = (x * vx + y * vy) / rangeM;
  const antennaStep = -Math.PI * (y / rangeM);
  for (let chirp = 0; chirp < basic.chirps; chirp += 1) {
    for (let transmitter = 0; transmitter < basic.transmitters; transmitter += 1) {
      if (multiplexing === 'tdm' || transmitter === 0) {
        const slot = chirp * basic.transmitters + transmitter;
        fillChirp(buffer, rangeM + rangeRateMps * slot * chirpSeconds(basic), rangeRateMps, amplitude, basic);
      }
      const firstAntenna = transmitter * basic.receivers;
      const line = (chirp * basic.transmitters + transmitter) * basic.receivers;
      addToAntennas(cube, line, firstAntenna, antennaStep, basic, buffer);
    }
  }
}

/** In front of the radar and nearer than where its range axis ends. */
function isSeen(x: number, rangeM: number, { samples, sampleRateKsps, slopeMhzPerUs }: RadarBasicConfig): boolean {
  const bandwidthHz = slopeMhzPerUs * 1e12 * (samples / (sampleRateKsps * 1e3));
  return x > 0 && rangeM < (samples * lightSpeedMps) / (2 * bandwidthHz);
}

function chirpSeconds({ idleUs, rampEndUs }: RadarBasicConfig): number {
  return (idleUs + rampEndUs) * 1e-6;
}

/** One chirp as the first antenna sees it: a phasor that turns by the same angle from sample to sample. */
function fillChirp(
  { re, im }: ChirpBuffer,
  rangeM: number,
  rangeRateMps: number,
  amplitude: number,
  { startFrequencyGhz, slopeMhzPerUs, adcStartUs, sampleRateKsps }: RadarBasicConfig,
): void {
  const slope = slopeMhzPerUs * 1e12;
  const frequencyHz = startFrequencyGhz * 1e9 + slope * adcStartUs * 1e-6;
  const wavenumber = (-4 * Math.PI) / lightSpeedMps;
  const phase = wavenumber * frequencyHz * rangeM;
  const step = (wavenumber * (slope * rangeM + frequencyHz * rangeRateMps)) / (sampleRateKsps * 1e3);
  const [stepRe, stepIm] = [Math.cos(step), Math.sin(step)];
  let valueRe = amplitude * Math.cos(phase);
  let valueIm = amplitude * Math.sin(phase);
  for (let sample = 0; sample < re.length; sample += 1) {
    re[sample] = valueRe;
    im[sample] = valueIm;
    const turnedRe = valueRe * stepRe - valueIm * stepIm;
    valueIm = valueRe * stepIm + valueIm * stepRe;
    valueRe = turnedRe;
  }
}

/** Adds a chirp to the lines of one transmitter's antennas, each turned by its place. */
function addToAntennas(
  cube: Float32Array,
  firstLine: number,
  firstAntenna: number,
  antennaStep: number,
  { receivers, samples }: RadarBasicConfig,
  { re, im }: ChirpBuffer,
): void {
  for (let receiver = 0; receiver < receivers; receiver += 1) {
    const cos = Math.cos(antennaStep * (firstAntenna + receiver));
    const sin = Math.sin(antennaStep * (firstAntenna + receiver));
    let index = 2 * (firstLine + receiver) * samples;
    for (let sample = 0; sample < samples; sample += 1) {
      const valueRe = re[sample] ?? 0;
      const valueIm = im[sample] ?? 0;
      cube[index] = (cube[index] ?? 0) + valueRe * cos - valueIm * sin;
      cube[index + 1] = (cube[index + 1] ?? 0) + valueRe * sin + valueIm * cos;
      index += 2;
    }
  }
}
