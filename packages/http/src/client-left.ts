import { MeshError } from '@infermesh/errors';

/** Why a request ends early when its client has gone. */
export function clientLeft(): MeshError {
  return new MeshError('CANCELLED', 'the client closed the connection');
}
