import { createUserKey } from './create-user-key.js';
import { EsdUser, type FinishedJob } from './esd-user.js';

export interface CrowdOptions {
  /** Of ESD, with its prefix. */
  readonly url: string;
  readonly authUrl: string;
  readonly adminKey: string;
  /** Each with a key of its own, all at once. */
  readonly users: number;
  /** Of all users together. */
  readonly jobs: number;
  /** How often a user looks whether its job has ended. */
  readonly pollMs: number;
}

export interface CrowdReport {
  readonly finished: readonly FinishedJob[];
  /** What went wrong, one line for each job. */
  readonly wrongs: readonly string[];
  /** "Come again", by status. */
  readonly refusals: ReadonlyMap<number, number>;
  readonly elapsedMs: number;
}

/** So many users share so many jobs: each takes the next as soon as its last one lies on its disk. */
export async function runCrowd({ users, jobs, pollMs, ...mesh }: CrowdOptions): Promise<CrowdReport> {
  const finished: FinishedJob[] = [];
  const wrongs: string[] = [];
  const refusals = new Map<number, number>();
  const onRefusal = (status: number): void => {
    refusals.set(status, (refusals.get(status) ?? 0) + 1);
  };
  const keys: string[] = [];
  for (let user = 0; user < users; user += 1) keys.push(await createUserKey(mesh, `crowd-${user}`));
  let next = 0;
  const work = async (key: string): Promise<void> => {
    const user = new EsdUser({ url: mesh.url, key, pollMs, onRefusal });
    while (next < jobs) {
      next += 1;
      await user.run(next).then(
        (job) => finished.push(job),
        (error: unknown) => wrongs.push(String(error)),
      );
    }
  };
  const beganAt = performance.now();
  await Promise.all(keys.map(work));
  return { finished, wrongs, refusals, elapsedMs: performance.now() - beganAt };
}
