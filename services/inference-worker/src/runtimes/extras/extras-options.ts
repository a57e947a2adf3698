import { z } from 'zod';

/** What one job may cost. Every field has a default. */
export const extrasOptions = z.object({
  /** The JSON file with its Base64 images. */
  maxPayloadBytes: z
    .number()
    .int()
    .positive()
    .default(128 * 2 ** 20),
  /** Width times height of each picture sent. */
  maxInputPixels: z.number().int().positive().default(50_000_000),
  /** Width times height of each picture made. A network may need twice as much on the way. */
  maxOutputPixels: z.number().int().positive().default(100_000_000),
});
export type ExtrasOptions = z.infer<typeof extrasOptions>;
