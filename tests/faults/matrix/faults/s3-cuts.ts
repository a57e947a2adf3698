import { soonMs, type Fault } from '../fault.js';
import { disturb } from './disturb.js';

/** Answers end in the middle: sometimes of the body, sometimes of the headers. */
export const s3Cuts: Fault = {
  name: 's3-cuts',
  topologies: ['split'],
  holdMs: 8_000,
  recoverWithinMs: soonMs,
  inject: ({ split }, random) => {
    const afterBytes = random.between(50, 900);
    return disturb([split.network.s3], { kind: 'cut', afterBytes }, `after ${afterBytes} bytes`);
  },
};
