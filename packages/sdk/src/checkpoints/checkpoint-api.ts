import { z } from 'zod';
import { callApi, parseAnswer, type ApiAnswer, type ApiRequest, type ApiSettings, type CallOptions } from '../api.js';
import { identityShape } from '../auth/records.js';
import {
  createAnswer,
  filesAnswer,
  listAnswer,
  partsAnswer,
  type ArrivedParts,
  type CheckpointContent,
  type CheckpointInfo,
} from './records.js';

/** What a checkpoint may be. */
export const checkpointTypes = [
  'Stable-diffusion',
  'embeddings',
  'Lora',
  'hypernetworks',
  'ControlNet',
  'VAE',
  'Upscaler',
] as const;

export interface AnnounceRequest {
  readonly type: string;
  /** The name of a folder; without it the files stand for themselves. */
  readonly folder?: string | undefined;
  readonly files: readonly { readonly name: string; readonly partCount: number }[];
  readonly message?: string | undefined;
}

export interface PartTag {
  readonly partNumber: number;
  readonly etag: string;
}

export interface Announced {
  readonly id: string;
  /** PUT URLs of the parts, in their order, by file. */
  readonly urls: Readonly<Record<string, readonly string[]>>;
}

const pageSize = 200;

/** The checkpoint routes. Every method throws ApiError, ConnectionError or DeadlineError, or the reason of an aborted signal. */
export class CheckpointApi {
  readonly #settings: ApiSettings;
  #user: Promise<string> | undefined;

  constructor(settings: ApiSettings) {
    this.#settings = settings;
  }

  /** Every checkpoint that is open to the key's user, those of the mesh among them; newest first. */
  async list(
    filter: { readonly types?: readonly string[] } = {},
    options: CallOptions = {},
  ): Promise<CheckpointInfo[]> {
    const types = filter.types === undefined || filter.types.length === 0 ? checkpointTypes : filter.types;
    const search = types.map((type) => `&types=${encodeURIComponent(type)}`).join('');
    const all: CheckpointInfo[] = [];
    for (let page = 1; ; page += 1) {
      const answer = await this.#call('GET', `checkpoints?page=${page}&per_page=${pageSize}${search}`, {
        ...limitsOf(options),
        repeat: 'safe',
      });
      const { checkpoints, total } = parseAnswer(listAnswer, answer).data;
      all.push(...checkpoints);
      if (checkpoints.length === 0 || page * pageSize >= total) return all;
    }
  }

  /** Announces an upload. Nothing is usable before its parts are there and it is activated. */
  async announce({ type, folder, files, message }: AnnounceRequest, options: CallOptions = {}): Promise<Announced> {
    const json = {
      checkpoint_type: type,
      filenames: files.map(({ name, partCount }) => ({ filename: name, parts_number: partCount })),
      params: { creator: await this.#userName(options), ...(message !== undefined && { message }) },
      ...(folder !== undefined && { folder_name: folder }),
    };
    const answer = await this.#call('POST', 'checkpoints', { ...limitsOf(options), json, repeat: 'refused' });
    const { checkpoint, s3PresignUrl: urls } = parseAnswer(createAnswer, answer).data;
    return { id: checkpoint.id, urls };
  }

  /** What of one file has arrived, with fresh URLs. */
  async arrivedParts(id: string, file: string, options: CallOptions = {}): Promise<ArrivedParts> {
    const path = `checkpoints/${encodeURIComponent(id)}/parts?filename=${encodeURIComponent(file)}`;
    return parseAnswer(partsAnswer, await this.#call('GET', path, { ...limitsOf(options), repeat: 'safe' })).data;
  }

  /** Puts the parts together and makes the checkpoint usable. Doing it twice is doing it once. */
  async activate(
    id: string,
    tags: Readonly<Record<string, readonly PartTag[]>>,
    options: CallOptions = {},
  ): Promise<void> {
    const entries = Object.entries(tags).map(([file, parts]) => [
      file,
      parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })),
    ]);
    const json = { status: 'Active', multi_parts_tags: Object.fromEntries(entries) as unknown };
    await this.#call('PUT', `checkpoints/${encodeURIComponent(id)}`, { ...limitsOf(options), json, repeat: 'safe' });
  }

  /** All files with their digests, and URLs to read them. */
  async content(id: string, options: CallOptions = {}): Promise<CheckpointContent> {
    const files: CheckpointContent['files'] = [];
    for (;;) {
      const path = `checkpoints/${encodeURIComponent(id)}/files?offset=${files.length}`;
      const answer = await this.#call('GET', path, { ...limitsOf(options), repeat: 'safe' });
      const { checkpoint, files: more, total, archive } = parseAnswer(filesAnswer, answer).data;
      files.push(...more);
      if (more.length === 0 || files.length >= total) return { checkpoint, files, archive };
    }
  }

  async delete(ids: readonly string[], options: CallOptions = {}): Promise<void> {
    await this.#call('DELETE', 'checkpoints', {
      ...limitsOf(options),
      json: { checkpoint_id_list: ids },
      repeat: 'safe',
    });
  }

  /** ESD wants the user named beside the key, in upper-case hex. */
  async #call(
    method: ApiRequest['method'],
    path: string,
    request: Omit<ApiRequest, 'method' | 'url'>,
  ): Promise<ApiAnswer> {
    const user = await this.#userName(request);
    return callApi(this.#settings, {
      ...request,
      method,
      url: `${this.#settings.urls.esd}/${path}`,
      headers: { authorization: `Bearer ${Buffer.from(user).toString('hex').toUpperCase()}` },
    });
  }

  #userName({ signal, timeoutMs }: CallOptions): Promise<string> {
    this.#user ??= this.#askName({ signal, timeoutMs }).catch((error: unknown) => {
      this.#user = undefined;
      throw error;
    });
    return this.#user;
  }

  async #askName(options: CallOptions): Promise<string> {
    const url = `${this.#settings.urls.root}/auth/whoami`;
    const answer = await callApi(this.#settings, { ...options, method: 'GET', url, repeat: 'safe' });
    return parseAnswer(z.object({ user: identityShape.shape.user }), answer).user;
  }
}

/** Callers pass options on that have more fields than these. */
function limitsOf({ signal, timeoutMs }: CallOptions): CallOptions {
  return { signal, timeoutMs };
}
