import { readFile } from 'node:fs/promises';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';

const instanceType = z.strictObject({
  /** Cores and bytes of one worker, and its whole GPUs. */
  cpus: z.number().positive().optional(),
  memoryBytes: z.number().int().positive().optional(),
  gpus: z.number().int().nonnegative().default(0),
  /** Where Kubernetes may put it. */
  nodeSelector: z.record(z.string(), z.string()).default({}),
  tolerations: z
    .array(
      z.strictObject({
        key: z.string().optional(),
        operator: z.enum(['Equal', 'Exists']).optional(),
        value: z.string().optional(),
        effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
      }),
    )
    .default([]),
  /** Workers of this type that all endpoints of the mesh may have together. */
  quota: z.number().int().nonnegative(),
});

/** By name. A type that is not in the table has a quota of 0. */
const instanceTypes = z.record(z.string().min(1).max(100), instanceType);
export type InstanceTypes = z.output<typeof instanceTypes>;

const oneOf = (cpus: number, gibibytes: number, gpus: number, quota: number): InstanceTypes[string] => ({
  cpus,
  memoryBytes: gibibytes * 2 ** 30,
  gpus,
  nodeSelector: {},
  tolerations: [],
  quota,
});

/** For an installation without a table of its own: names that ESD's clients ask for, all of them this one machine. */
export const defaultInstanceTypes: InstanceTypes = {
  local: { gpus: 0, nodeSelector: {}, tolerations: [], quota: 256 },
  'ml.g4dn.xlarge': oneOf(4, 16, 1, 8),
  'ml.g4dn.2xlarge': oneOf(8, 32, 1, 8),
  'ml.g5.xlarge': oneOf(4, 16, 1, 8),
  'ml.g5.2xlarge': oneOf(8, 32, 1, 8),
};

/** The operator's table, a JSON file; without a path the default. @throws MeshError CONFIG_INVALID naming the file and the field */
export async function loadInstanceTypes(path: string | undefined): Promise<InstanceTypes> {
  if (path === undefined) return defaultInstanceTypes;
  try {
    return instanceTypes.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new MeshError('CONFIG_INVALID', `the table of instance types ${path} cannot be used: ${reason}`, { cause });
  }
}
