import { posix } from 'node:path';
import { MeshError } from '@infermesh/errors';

function refuse(model: string, why: string): MeshError {
  return new MeshError('BAD_REQUEST', `${model} ${why}`);
}

/** A model that stands for itself has nothing beside it. @throws MeshError BAD_REQUEST */
export function refuseExternalData(model: string, locations: readonly string[]): void {
  const [first] = locations;
  if (first === undefined) return;
  throw refuse(model, `keeps its weights in ${JSON.stringify(first)}: enter both as a folder`);
}

/**
 * Whether the files that ONNX models of a folder name lie in that folder.
 *
 * @param models the locations that each model names, by its path
 * @throws MeshError BAD_REQUEST naming the model
 */
export function confineExternalData(models: ReadonlyMap<string, readonly string[]>, paths: ReadonlySet<string>): void {
  for (const [model, locations] of models) {
    for (const location of locations) {
      const path = posix.normalize(posix.join(posix.dirname(model), location));
      if (posix.isAbsolute(location) || location.includes('\\') || path === '..' || path.startsWith('../'))
        throw refuse(model, `keeps its weights outside of the folder, in ${JSON.stringify(location)}`);
      if (!paths.has(path))
        throw refuse(model, `keeps its weights in ${JSON.stringify(location)}, which is not in the folder`);
    }
  }
}
