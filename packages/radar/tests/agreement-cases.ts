import { raddetConfig, raddetOsCfarConfig, type SceneInput } from '../sim/index.js';
import type { AngleMethod, CfarKind, RadarConfig, RadarProfile } from '../ts/types.js';

/** A radar and what moves before it. */
export interface AgreementCase {
  readonly name: string;
  readonly config: RadarConfig;
  readonly profile: RadarProfile;
  readonly scene: SceneInput;
}

const targets: SceneInput['targets'] = [
  { positionM: [20, 3], velocityMps: [-5, 0.5], snrDb: 35 },
  { positionM: [33, -8], velocityMps: [4, 1], snrDb: 30, sizeM: [4, 1.8], scatterers: 6 },
  { positionM: [12, -2], velocityMps: [2, -1], snrDb: 25 },
];

const small: RadarConfig = {
  ...raddetConfig,
  basic: { ...raddetConfig.basic, receivers: 3, samples: 90, chirps: 37 },
};

/** Of both profiles: every angle method, every CFAR kind, and sizes that are no powers of two. */
export const agreementCases: readonly AgreementCase[] = [
  compatible('FFT angle', raddetConfig),
  compatible('DBF', withAngle(raddetConfig, 'dbf')),
  compatible('CAPON', withAngle(raddetConfig, 'capon')),
  compatible('MUSIC', withAngle(raddetConfig, 'music')),
  compatible('OS-CFAR', raddetOsCfarConfig),
  compatible('90 samples, 37 chirps, 6 antennas', small),
  correct('CA', withCfar(raddetConfig, 'ca', 'ca')),
  correct('SO and GO', withCfar(raddetConfig, 'so', 'go')),
  correct('OS and CA', withCfar(raddetConfig, 'os', 'ca')),
  correct('Hamming and Chebyshev windows, small sizes', {
    ...withCfar(small, 'go', 'os'),
    detection: { ...withCfar(small, 'go', 'os').detection, rangeWindow: 'hamming', dopplerWindow: 'chebyshev' },
  }),
];

function compatible(name: string, config: RadarConfig): AgreementCase {
  return { name: `compatible, ${name}`, config, profile: 'compatible', scene: { seed: 11, frames: 20, targets } };
}

function correct(name: string, config: RadarConfig): AgreementCase {
  return {
    name: `correct, ${name}`,
    config,
    profile: 'correct',
    scene: { seed: 12, frames: 20, multiplexing: 'tdm', targets },
  };
}

function withAngle(config: RadarConfig, angleMethod: AngleMethod): RadarConfig {
  return { ...config, detection: { ...config.detection, angleMethod } };
}

/** As `correct` reads it: probabilities. */
function withCfar(config: RadarConfig, doppler: CfarKind, range: CfarKind): RadarConfig {
  const { dopplerCfar, rangeCfar } = config.detection;
  return {
    ...config,
    detection: {
      ...config.detection,
      dopplerCfar: { ...dopplerCfar, kind: doppler, pfa: 2 ** -10 },
      rangeCfar: { ...rangeCfar, kind: range, pfa: 2 ** -10 },
    },
    clustering: { ...config.clustering, maxDistanceM: 2, minPoints: 2 },
  };
}
