import { describe, expect, it } from '@jest/globals';
import { raddetConfig } from '../tests/raddet-config.js';
import { Radar } from './radar.js';

describe('Radar', () => {
  it('finds nothing in an empty frame', async () => {
    using radar = new Radar(raddetConfig());
    const { points, clusters, tracks } = await radar.processFrame(new Float32Array(2 * 64 * 8 * 256));
    expect({ points, clusters, tracks }).toEqual({ points: [], clusters: [], tracks: [] });
  });
});
