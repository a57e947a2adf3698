export { createMediaClient } from './create-media-client.js';
export type { AskOptions, ConvertedMedia, ConvertOptions, MediaClient, ProbeOptions } from './media-client.js';
