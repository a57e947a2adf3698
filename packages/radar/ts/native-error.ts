import { MeshError, toMeshError, type ErrorCode } from '@infermesh/errors';

const codes: Readonly<Record<string, ErrorCode>> = {
  R_BADPARAM: 'CONFIG_INVALID',
  R_OVERFLOW: 'OUT_OF_MEMORY',
  R_BADCUBE: 'PAYLOAD_INVALID',
  R_BADINPUT: 'PAYLOAD_INVALID',
  R_BADHANDLE: 'CONFLICT',
  R_BUSY: 'CONFLICT',
};

/** The addon's errors in the mesh's own words; anything else is a defect. */
export function fromNativeError(error: unknown): MeshError {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) {
    return toMeshError(error);
  }
  const code = typeof error.code === 'string' ? codes[error.code] : undefined;
  if (code === undefined) return toMeshError(error);
  return new MeshError(code, `radar: ${String(error.message)}`, { cause: error, ...fieldOf(String(error.message)) });
}

/** Sentences about a field begin with its name. */
function fieldOf(sentence: string): { field: string } | Record<string, never> {
  const field = /^([A-Za-z_]+)(?: must be |: | \+ )/.exec(sentence)?.[1];
  return field === undefined ? {} : { field };
}
