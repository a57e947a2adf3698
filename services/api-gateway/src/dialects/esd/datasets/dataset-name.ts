import { MeshError } from '@infermesh/errors';
import { z } from 'zod';

/** Dossier 11. */
export const datasetName = z
  .string()
  .min(1)
  .max(20)
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/u);

/** What cannot be a name cannot be found either. @throws MeshError NOT_FOUND in ESD's words */
export function nameInPath({ params: { name } }: { readonly params: { readonly name: string } }): string {
  if (datasetName.safeParse(name).success) return name;
  throw new MeshError('NOT_FOUND', `dataset ${name.slice(0, 100)} is not found`);
}
