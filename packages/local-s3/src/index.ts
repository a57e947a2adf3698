export type { Credentials } from './signature/request-signer.js';
export { startLocalS3, type LocalS3, type LocalS3Options } from './start-local-s3.js';
