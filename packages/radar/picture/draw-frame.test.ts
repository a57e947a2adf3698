import { describe, expect, test } from '@jest/globals';
import { raddetConfig } from '../sim/index.js';
import type { RadarTrack } from '../ts/types.js';
import { drawFrame } from './draw-frame.js';
import { pictureScale, type FramePicture } from './frame-picture.js';

const steps = { rangeStepM: 0.195177, speedStepMps: 0.420365 };
const scale = pictureScale(raddetConfig, 'compatible', steps);

const track: RadarTrack = {
  id: 7,
  state: 'active',
  xM: 30,
  yM: 0,
  vxMps: -5,
  vyMps: 0,
  halfExtentXM: 2,
  halfExtentYM: 1,
};
const point = {
  rangeIndex: 154,
  speedIndex: 44,
  rangeM: 30,
  speedMps: 5,
  angleDegrees: 0,
  snr: 9,
  cluster: 0,
};
const cluster = {
  points: 1,
  centerXM: 30,
  centerYM: 0,
  halfExtentXM: 2,
  halfExtentYM: 1,
  speedMps: 5,
  rangeVariance: 0,
  angleVariance: 0,
  speedVariance: 0,
};

function picture(more: Partial<FramePicture['result']> = {}, title = 'Frame 000012'): FramePicture {
  const map = { rangeBins: 256, dopplerBins: 64, magnitudes: new Float32Array(256 * 64).fill(1) };
  return {
    title,
    subtitle: 'one of everything',
    scale,
    result: { map, points: [point], clusters: [cluster], tracks: [track], ...more },
    trails: new Map([
      [
        7,
        [
          { xM: 31, yM: 0 },
          { xM: 30, yM: 0 },
        ],
      ],
    ]),
  };
}

/** x and y of the polygon that is a track's mark: left panel first. */
function diamondsOf(svg: string): { x: number; y: number }[] {
  return [...svg.matchAll(/<polygon points="([\d.]+),([\d.]+) [^"]*" fill="none"[^>]*stroke="#e11d48"/gu)].map(
    ([, x, y]) => ({ x: Number(x), y: Number(y) + 7 }),
  );
}

describe('the picture of a frame', () => {
  test('has titles, axes with their units, and a legend', () => {
    const svg = drawFrame(picture());
    for (const text of [
      'Frame 000012',
      'one of everything',
      'range, m',
      'speed, m/s (positive comes closer)',
      'x forward, m',
      'y lateral, m',
      'dB over the median',
      'cluster',
      '#7',
    ])
      expect(svg).toContain(`>${text}</text>`);
  });

  test('puts a track where range, speed and place say', () => {
    const [onMap, onGround] = diamondsOf(drawFrame(picture()));
    // The map: 448 pixels for 64 speeds from bin 0; 5 m/s are 11.89 bins above bin 32. 30 m are 153.7 of 256 bins.
    expect(onMap?.x).toBeCloseTo(84 + (32.5 + 5 / 0.420365) * 7, 0);
    expect(onMap?.y).toBeCloseTo(116 + 512 - (30 / 0.195177 - 0.5) * 2, 0);
    // From above: 272 pixels for 256 range steps; the radar in the middle of the lower edge.
    expect(onGround?.x).toBeCloseTo(690 + 272, 0);
    expect(onGround?.y).toBeCloseTo(116 + 272 - (30 / (256 * 0.195177)) * 272, 0);
  });

  test('tracks that are not active yet do not show', () => {
    const svg = drawFrame(picture({ tracks: [{ ...track, id: 0, state: 'detection' }] }));
    expect(diamondsOf(svg)).toHaveLength(1); // that of the legend
    expect(svg).toContain('no active track yet');
  });

  test('a long list of tracks ends in a number', () => {
    const tracks = Array.from({ length: 9 }, (_, index) => ({ ...track, id: index + 1, yM: 3 * index }));
    expect(drawFrame(picture({ tracks }))).toContain('and 4 more');
  });

  test('an empty frame can be drawn', () => {
    const map = { rangeBins: 256, dopplerBins: 64, magnitudes: new Float32Array(256 * 64) };
    expect(drawFrame(picture({ map, points: [], clusters: [], tracks: [] }))).not.toMatch(/NaN|undefined|Infinity/u);
  });

  test('text is text', () => {
    expect(drawFrame(picture({}, '<b>&"'))).toContain('&#60;b&#62;&#38;&#34;</text>');
  });
});
