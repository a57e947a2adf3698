import { maxCheckpointPathLength } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { objectKeys } from '@infermesh/object-store';

const deepestFolder = 16;
const control = /[\p{Cc}\p{Surrogate}]/u;
const plain = /^[A-Za-z0-9_+=@,-][A-Za-z0-9._+=@,-]*$/u;

function refuse(path: string, why: string): MeshError {
  return new MeshError('BAD_REQUEST', `${JSON.stringify(path.slice(0, 100))} cannot be a file's name: ${why}`, {
    field: 'filenames',
  });
}

function checkSegments(path: string, segments: readonly string[]): void {
  if (path.length > maxCheckpointPathLength)
    throw refuse(path, `it is longer than ${maxCheckpointPathLength} characters`);
  if (control.test(path)) throw refuse(path, 'it has a control character');
  if (path.includes('\\')) throw refuse(path, 'it has a backslash');
  if (segments.some((segment) => segment.trim() === '' || segment === '.' || segment === '..'))
    throw refuse(path, 'it is empty or leaves its folder');
}

/** The name of a file that stands for itself: no folder in it. @returns it, trimmed @throws MeshError BAD_REQUEST */
export function checkFileName(text: string): string {
  const name = text.trim();
  if (name.includes('/')) throw refuse(name, 'it has a slash, and is not part of a folder');
  checkSegments(name, [name]);
  return name;
}

/** The way to a file from the folder it belongs to: `onnx/model.onnx`. @throws MeshError BAD_REQUEST when it leaves the folder */
export function checkFolderPath(path: string): string {
  const segments = path.split('/');
  if (segments.length > deepestFolder) throw refuse(path, `it is more than ${deepestFolder} folders deep`);
  checkSegments(path, segments);
  return path;
}

/** Where a file lies in the bucket: under its own name where that is safe in a key, else under its number. */
export function fileKey(checkpointId: string, path: string, position: number): string {
  const isPlain = path.length <= 150 && path.split('/').every((segment) => plain.test(segment));
  return objectKeys.checkpointFile({ checkpointId, file: isPlain ? path : `file-${position}` });
}
