import { MeshError } from '@infermesh/errors';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;

export function isCheckpointId(text: string): boolean {
  return uuid.test(text);
}

/** The id in the path. What cannot be an id cannot be found either. @throws MeshError NOT_FOUND in ESD's words */
export function checkpointId({ params: { id } }: { readonly params: { readonly id: string } }): string {
  if (isCheckpointId(id)) return id.toLowerCase();
  throw new MeshError('NOT_FOUND', `checkpoint not found with id ${id.slice(0, 100)}`);
}
