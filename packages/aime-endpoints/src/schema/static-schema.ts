import { z } from 'zod';

const staticRouteSchema = z.strictObject({
  file: z.string().min(1).meta({ description: 'The file that is served.' }).optional(),
  path: z.string().min(1).meta({ description: 'The folder that is served.' }).optional(),
  compile: z
    .enum(['None', 'scss', 'md'])
    .meta({ description: 'What the sources are compiled from. Default None.' })
    .optional(),
  compiled_path: z.string().optional(),
  css_file: z.string().optional(),
});

export const staticSchema = z.record(z.string().regex(/^\//u, { error: 'must begin with /' }), staticRouteSchema);

export type StaticToml = z.infer<typeof staticSchema>;
