export { errorCodes, isErrorCode, isOutage, type ErrorCode, type ErrorCodeInfo } from './codes.js';
export {
  MeshError,
  fromErrorDto,
  toErrorDto,
  toMeshError,
  type ErrorDto,
  type MeshErrorOptions,
} from './mesh-error.js';
