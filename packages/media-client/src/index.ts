export { createMediaClient } from './create-media-client.js';
export type { AskOptions, ConvertedMedia, ConvertOptions, MediaClient } from './media-client.js';
