export { createClient, type Client, type ClientOptions } from './create-client.js';
export {
  ApiError,
  ConnectionError,
  DeadlineError,
  InfermeshError,
  InferenceFailedError,
  UsageError,
  type ApiErrorFields,
} from './errors.js';
export type { AnnounceRequest, Announced, CheckpointApi, PartTag } from './checkpoints/checkpoint-api.js';
export { pullCheckpoint, type PulledCheckpoint, type PullOptions } from './checkpoints/pull-checkpoint.js';
export {
  pushCheckpoint,
  type PushedCheckpoint,
  type PushOptions,
  type TransferProgress,
} from './checkpoints/push-checkpoint.js';
export type { ArrivedParts, CheckpointContent, CheckpointInfo } from './checkpoints/records.js';
export type { CallOptions } from './api.js';
export type { AuthApi, CreateKeyRequest, LoginRequest, PutUserRequest } from './auth/auth-api.js';
export type { ApiKeyInfo, Identity, NewApiKey, SavedUser, UserInfo } from './auth/records.js';
export { encodePayload, type CreateInferenceRequest, type DownloadOptions, type EsdApi } from './esd/esd-api.js';
export type {
  CreatedInference,
  Inference,
  InferenceMode,
  InferenceProgress,
  InferenceStatus,
} from './esd/inference.js';
export type { OnProgress, ProgressEvent } from './esd/progress-event.js';
export type { UpscaleOptions } from './esd/upscale.js';
export type { WaitOptions } from './esd/wait-for-inference.js';
