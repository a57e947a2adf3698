export { createObjectStore, type ObjectStoreOptions } from './create-object-store.js';
export { partSizeBytes, splitIntoParts } from './part-sizes.js';
export { objectKeys } from './object-keys.js';
export type {
  ByteRange,
  ListedObject,
  MultipartUploads,
  ObjectContent,
  ObjectInfo,
  ObjectStore,
  OpenUpload,
  PresignedPut,
  PresignGetOptions,
  PresignOptions,
  PresignPartOptions,
  PresignPutOptions,
  PutOptions,
  StoredObject,
  UploadedPart,
} from './object-store.js';
