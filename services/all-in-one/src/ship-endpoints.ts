import { cp, mkdir } from 'node:fs/promises';
import { shippedEndpoints } from './neighbours.js';

/** Puts AIME's endpoints that come with the mesh into a folder that was not there: what an operator has removed stays away. */
export async function shipEndpoints(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made !== undefined) await cp(shippedEndpoints, folder, { recursive: true });
}
