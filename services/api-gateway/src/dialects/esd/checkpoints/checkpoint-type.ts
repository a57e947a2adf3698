import { z } from 'zod';

/** Dossier 6, then ours: `Upscaler`, a network that the tasks extra-single-image and extra-batch-images may name. */
export const checkpointType = z.enum([
  'Stable-diffusion',
  'embeddings',
  'Lora',
  'hypernetworks',
  'ControlNet',
  'VAE',
  'Upscaler',
]);
