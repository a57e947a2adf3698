import { writeFile } from 'node:fs/promises';
import { lateMs, type Fault } from '../fault.js';

const minuteMs = 60_000;

/** The clocks of all services and workers jump, and later jump back. Redis, PostgreSQL and S3 keep the right time. */
export const clockStep: Fault = {
  name: 'clock-step',
  topologies: ['split'],
  holdMs: 10_000,
  recoverWithinMs: lateMs,
  inject: async ({ split }, random) => {
    const stepMs = random.pick([-10 * minuteMs, -minuteMs, minuteMs, 10 * minuteMs]);
    await writeFile(split.clockFile, String(stepMs));
    return { detail: `${stepMs / minuteMs} minutes`, heal: () => writeFile(split.clockFile, '0') };
  },
};
