import { MeshError } from '@infermesh/errors';
import type { CheckpointFile, ModelSession, SessionFactory } from '@infermesh/model-runtime';
import type { RuntimeItemInput } from '../runtime-item.js';
import { OnnxUpscaler } from './onnx-upscaler.js';

const builtIn = ['None', 'Lanczos', 'Nearest'];
const maxOpened = 2;

interface Opened {
  readonly upscaler: OnnxUpscaler;
  readonly session: ModelSession;
}

/** The networks a job may name: checkpoints by name, opened at first use; the two used last stay open. */
export class Upscalers {
  readonly #checkpoints: ReadonlyMap<string, CheckpointFile>;
  readonly #sessions: SessionFactory;
  readonly #opened = new Map<string, Opened>();

  constructor(checkpoints: Readonly<Record<string, CheckpointFile>>, sessions: SessionFactory) {
    this.#checkpoints = new Map(Object.entries(checkpoints).map(([name, file]) => [withoutEnding(name), file]));
    this.#sessions = sessions;
  }

  /**
   * @throws MeshError PAYLOAD_INVALID naming the field and the upscalers there are; of what keeps the file away, when the
   *   upscaler is known and its file missing
   */
  check(name: string, field: string, missing: RuntimeItemInput['missingCheckpoints']): void {
    if (builtIn.includes(name) || this.#checkpoints.has(withoutEnding(name))) return;
    const away = Object.entries(missing).find(([known]) => withoutEnding(known) === withoutEnding(name))?.[1];
    if (away !== undefined) throw new MeshError(away.code, away.message);
    const known = [...builtIn, ...this.#checkpoints.keys()].join(', ');
    const message = `payload field ${field}: there is no upscaler "${name.slice(0, 100)}"; choose one of ${known}`;
    throw new MeshError('PAYLOAD_INVALID', message, { field });
  }

  /** @param name one that `check` has passed @throws MeshError CHECKPOINT_CORRUPT */
  async get(name: string): Promise<OnnxUpscaler> {
    const key = withoutEnding(name);
    const opened = this.#opened.get(key) ?? (await this.#open(key));
    this.#opened.delete(key);
    this.#opened.set(key, opened);
    await this.#closeBeyond(maxOpened);
    return opened.upscaler;
  }

  async dispose(): Promise<void> {
    await this.#closeBeyond(0);
  }

  async #open(key: string): Promise<Opened> {
    const checkpoint = this.#checkpoints.get(key);
    if (checkpoint === undefined) throw new MeshError('CHECKPOINT_NOT_FOUND', `there is no upscaler ${key}`);
    const session = await this.#sessions.open(checkpoint);
    try {
      return { session, upscaler: await OnnxUpscaler.create(session) };
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  async #closeBeyond(count: number): Promise<void> {
    for (const [key, { session }] of [...this.#opened].slice(0, Math.max(0, this.#opened.size - count))) {
      this.#opened.delete(key);
      await session.release();
    }
  }
}

function withoutEnding(name: string): string {
  return name.replace(/\.onnx$/u, '');
}
