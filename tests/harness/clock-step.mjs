// Steps the clock of a process while it runs: `Date` is ahead by what a file says, in milliseconds. Timers and
// performance.now() go on evenly, as they do when a machine's clock is set. Loaded by `--import` into the services,
// which find the file's name in CLOCK_STEP_FILE, and by the toy runtime's module into the workers.
import { readFileSync } from 'node:fs';

const lookEveryMs = 50;
const RealDate = globalThis.Date;
let offsetMs = 0;

const now = () => RealDate.now() + offsetMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});

/** Follows the file: missing or empty means no step. */
export function followClockFile(path) {
  const look = () => {
    try {
      offsetMs = Number(readFileSync(path, 'utf8')) || 0;
    } catch {
      offsetMs = 0;
    }
  };
  look();
  setInterval(look, lookEveryMs).unref();
}

if (process.env.CLOCK_STEP_FILE !== undefined) followClockFile(process.env.CLOCK_STEP_FILE);
