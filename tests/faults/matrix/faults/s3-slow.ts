import { soonMs, type Fault } from '../fault.js';
import { disturb } from './disturb.js';

export const s3Slow: Fault = {
  name: 's3-slow',
  topologies: ['split'],
  holdMs: 10_000,
  recoverWithinMs: soonMs,
  inject: ({ split }, random) => {
    const bytesPerSecond = random.between(500, 5_000);
    return disturb([split.network.s3], { kind: 'throttle', bytesPerSecond }, `${bytesPerSecond} B/s a connection`);
  },
};
