import { fileURLToPath } from 'node:url';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** The process that the endpoint manager starts for each worker. */
export const workerEntry = fromRoot('services/inference-worker/dist/main.js');

/** The checkpoints that come with the mesh. */
export const bundledManifest = fromRoot('models/bundled.json');

/** AIME's endpoints that come with the mesh. */
export const shippedEndpoints = fromRoot('endpoints');

/** The photograph that the first job enlarges; its licence stands beside it. */
export const photograph = fromRoot('models/photographs/coffee.jpg');

/** The `infermesh` command. */
export const commandLine = fromRoot('packages/sdk/dist/main.js');
