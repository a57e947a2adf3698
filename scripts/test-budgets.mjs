/** Seconds that a room's tests may take, run on two cores. A room over its budget is marked, not failed. */
export const defaultBudgetSeconds = 60;

/** Rooms with a budget of their own, and why. */
export const budgetSeconds = {
  'packages/radar': 120, // compiles the library a second time, with sanitizers; 40 frames of a float64 reference
  'packages/job-queue': 90, // masters under sentinels and in a cluster are lost under load
  'services/checkpoint-store': 90, // uploads, folders and imports, each on servers of their own
  'packages/media': 90, // an ffmpeg for each file, three for each conversion
  tests: 300, // whole meshes, in both topologies
};

/** The long suites (`*.long.test.ts`) of one room together; they run with CI=1 alone. */
export const longBudgetSeconds = 600;
