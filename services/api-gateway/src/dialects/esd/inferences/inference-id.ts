import { MeshError } from '@infermesh/errors';
import type { DialectRequest } from '@infermesh/http';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;

/** The id in the path. What cannot be an id cannot be found either. @throws MeshError NOT_FOUND in ESD's words */
export function inferenceId({ params }: DialectRequest<unknown>): string {
  const id = params['id'] ?? '';
  if (!uuid.test(id)) throw inferenceNotFound(id);
  return id.toLowerCase();
}

export function inferenceNotFound(id: string): MeshError {
  return new MeshError('NOT_FOUND', `inference with id ${id.slice(0, 100)} not found`);
}
