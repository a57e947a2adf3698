import { MeshError } from '@infermesh/errors';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;

/** The ids of a list that could be those of a job. */
export function possibleIds(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id) => uuid.test(id)).map((id) => id.toLowerCase()))];
}

/** The id in the path. What cannot be an id cannot be found either. @throws MeshError NOT_FOUND in ESD's words */
export function inferenceId({ params: { id } }: { readonly params: { readonly id: string } }): string {
  if (!uuid.test(id)) throw inferenceNotFound(id);
  return id.toLowerCase();
}

function inferenceNotFound(id: string): MeshError {
  return new MeshError('NOT_FOUND', `inference with id ${id.slice(0, 100)} not found`);
}

/** The engine says "job"; clients of this dialect match on "inference". */
export async function sayingInference<T>(id: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof MeshError && error.code === 'NOT_FOUND' ? inferenceNotFound(id) : error;
  }
}
