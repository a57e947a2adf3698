import { EsdUser } from './esd-user.js';
import { createUserKey } from './create-user-key.js';
import { LoneModel } from '../lone-model.js';
import { median, quantile, round } from '../statistics.js';
import { plainPicture } from './plain-picture.js';

export interface RealTimeOptions {
  readonly url: string;
  readonly authUrl: string;
  readonly adminKey: string;
  readonly upscaler: string;
  readonly jobs: number;
}

export interface RealTimeFigure {
  readonly upscaler: string;
  readonly jobs: number;
  /** The model process by itself, payload read and result written. */
  readonly modelMs: number;
  /** From the start's request to its answer, which has the finished job. */
  readonly startMs: number;
  readonly startP99Ms: number;
  /** Between the two medians. */
  readonly overheadMs: number;
}

const warmUps = 5;

/** One Real-time job after the other, each beside the same payload in a model process by itself. */
export async function measureRealTime({ upscaler, jobs, ...mesh }: RealTimeOptions): Promise<RealTimeFigure> {
  const key = await createUserKey(mesh, 'real-time');
  const user = new EsdUser({ url: mesh.url, key, pollMs: 0, onRefusal: () => undefined });
  await using model = await LoneModel.start({ threads: 1 });
  const alone: number[] = [];
  const through: number[] = [];
  for (let job = 0; job < warmUps + jobs; job += 1) {
    const image = (await plainPicture(job)).toString('base64');
    const payload = { upscaler_1: upscaler, upscaling_resize: 2, image };
    const { decodeMs, enlargeMs, encodeMs } = await model.run(payload);
    const startMs = await user.startMs(payload);
    if (job < warmUps) continue;
    alone.push(decodeMs + enlargeMs + encodeMs);
    through.push(startMs);
  }
  return {
    upscaler,
    jobs,
    modelMs: round(median(alone)),
    startMs: round(median(through)),
    startP99Ms: round(quantile(through, 0.99)),
    overheadMs: round(median(through) - median(alone)),
  };
}
