export { errorCodes, isErrorCode, isOutage, type ErrorCode, type ErrorCodeInfo } from './codes.js';
export {
  MeshError,
  fromErrorDto,
  isExhausted,
  toErrorDto,
  toMeshError,
  type ErrorDto,
  type MeshErrorOptions,
} from './mesh-error.js';
