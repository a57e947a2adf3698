import type { Radar, RadarConfig, RadarFrameWithMap, RadarProfile } from '@infermesh/radar';
import type { FramePicture, PictureScale, TrailPoint } from '@infermesh/radar/picture';
import { asUsageError, asUsageErrorLater } from './as-usage-error.js';
import { frameName, readInput } from './radar-files.js';

/** How much of its way a track shows. */
const trailFrames = 40;

/** Works through frames in order and tells each as a picture: the tracks, and the ways they came, go on from frame to frame. */
export class FrameFollower implements Disposable {
  readonly #radar: Radar;
  readonly #scale: PictureScale;
  #trails: ReadonlyMap<number, readonly TrailPoint[]> = new Map();

  private constructor(radar: Radar, scale: PictureScale) {
    this.#radar = radar;
    this.#scale = scale;
  }

  /** @throws UsageError when the configuration asks for what cannot be */
  static async create(config: RadarConfig, profile: RadarProfile): Promise<FrameFollower> {
    const [{ Radar: RadarClass }, { pictureScale }] = await Promise.all([
      import('@infermesh/radar'),
      import('@infermesh/radar/picture'),
    ]);
    const radar = asUsageError(() => new RadarClass(config, { profile }), 'Correct the radar configuration.');
    return new FrameFollower(radar, pictureScale(config, profile, radar.describe()));
  }

  [Symbol.dispose](): void {
    this.#radar[Symbol.dispose]();
  }

  /** @throws UsageError when the file cannot be read, or does not fit the configuration */
  async next(path: string): Promise<FramePicture> {
    const bytes = await readInput(path, 'Give the path of a radar frame.');
    const hint = `Give the frame and the configuration of the same radar; this is ${path}.`;
    const result = await asUsageErrorLater(() => this.#radar.processFrameWithMap(bytes), hint);
    const active = result.tracks.filter(({ state }) => state === 'active');
    this.#trails = new Map(
      active.map(({ id, xM, yM }) => [id, [...(this.#trails.get(id) ?? []), { xM, yM }].slice(-trailFrames)]),
    );
    return {
      title: `Frame ${frameName(path)}`,
      subtitle: countsOf(result, active.length),
      scale: this.#scale,
      result,
      trails: this.#trails,
    };
  }
}

function countsOf({ points, clusters }: RadarFrameWithMap, activeTracks: number): string {
  return [
    counted(points.length, 'point'),
    counted(clusters.length, 'cluster'),
    counted(activeTracks, 'active track'),
  ].join(' \u00b7 ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
