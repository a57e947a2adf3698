import { MeshError } from '@infermesh/errors';
import type { z } from 'zod';

/**
 * Parses the environment by a schema whose keys are variable names. An empty variable counts as unset.
 *
 * @throws MeshError CONFIG_INVALID naming every variable at fault and what is allowed; values are never repeated, they may be secrets
 */
export function readConfig<Schema extends z.ZodType>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'environment'}: ${issue.message}`);
  throw new MeshError('CONFIG_INVALID', `configuration is not valid:\n  ${faults.join('\n  ')}`);
}
