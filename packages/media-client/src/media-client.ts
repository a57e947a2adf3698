import type {
  AudioAttributes,
  ImageAttributes,
  MediaAttributes,
  MediaLimits,
  TempFiles,
  VideoAttributes,
  WantedAudio,
  WantedImage,
  WantedVideo,
} from '@infermesh/contracts';

export interface AskOptions {
  /** Epoch milliseconds; transfers of large media included. */
  readonly deadlineAt: number;
  /** Its abort ends the conversion wherever it is. */
  readonly signal?: AbortSignal;
  /** Stricter than the service's own. */
  readonly limits?: MediaLimits;
}

export interface ProbeOptions extends AskOptions {
  /** Decodes all of it as well, so that damage behind the header is found; default false. */
  readonly decode?: boolean;
}

export interface ConvertOptions extends AskOptions {
  /** Default `auto`. */
  readonly tempFiles?: TempFiles;
}

export interface ConvertedMedia<Attributes extends MediaAttributes> {
  /** The input itself where it complied. */
  readonly bytes: Uint8Array;
  readonly isUntouched: boolean;
  /** What came in; where the sound of a video was taken, the video. */
  readonly before: MediaAttributes;
  /** What `bytes` are, found by probing them. */
  readonly after: Attributes;
  /** What `after` still lacks of what was wanted, in words. */
  readonly mismatches: readonly string[];
}

/**
 * Asks the media converter. Small media travel in the message, larger ones through the object store by presigned URL. The same
 * array is sent once for several questions within a minute: leave its bytes as they are.
 *
 * Every method throws MeshError MEDIA_INVALID, MEDIA_TOO_LARGE, BAD_REQUEST for wishes that contradict each other,
 * QUEUE_FULL, DEADLINE_EXCEEDED, CANCELLED, SERVICE_UNAVAILABLE, STORAGE_UNAVAILABLE or QUEUE_UNAVAILABLE.
 */
export interface MediaClient {
  /** What a file is, by its bytes alone. */
  probe(bytes: Uint8Array, options: ProbeOptions): Promise<MediaAttributes>;
  convertImage(
    bytes: Uint8Array,
    wanted: Omit<WantedImage, 'kind'>,
    options: ConvertOptions,
  ): Promise<ConvertedMedia<ImageAttributes>>;
  convertAudio(
    bytes: Uint8Array,
    wanted: Omit<WantedAudio, 'kind'>,
    options: ConvertOptions,
  ): Promise<ConvertedMedia<AudioAttributes>>;
  convertVideo(
    bytes: Uint8Array,
    wanted: Omit<WantedVideo, 'kind'>,
    options: ConvertOptions,
  ): Promise<ConvertedMedia<VideoAttributes>>;
}
