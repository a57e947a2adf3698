import { MeshError, toMeshError } from '@infermesh/errors';
import type { RunOptions } from './model-process.js';
import { watchPatience } from './until-over.js';

export interface ModelRunEvents {
  /** The caller no longer wants it: the child must be told. */
  readonly onCancel: () => void;
  /** The grace after the cancel has passed, and the child still holds it. */
  readonly onGraceOver: () => void;
}

/** One item on its way through a model process, seen from outside. It settles once; later calls change nothing. */
export class ModelRun<Result = unknown> {
  readonly outcome: Promise<Result>;
  hasStarted = false;
  readonly #options: RunOptions<Result>;
  readonly #stopWatch: () => void;
  #resolve: (result: Result) => void = () => undefined;
  #reject: (error: MeshError) => void = () => undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  #cancelledBy: MeshError | null = null;

  constructor(options: RunOptions<Result>, cancelGraceMs: number, events: ModelRunEvents) {
    this.#options = options;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#stopWatch = watchPatience(options, (error) => {
      this.#cancelledBy = error;
      this.#graceTimer = setTimeout(events.onGraceOver, cancelGraceMs);
      events.onCancel();
    });
  }

  /** Whether the caller still wants it. */
  get isWanted(): boolean {
    return this.#cancelledBy === null;
  }

  progress(fraction: number, stage: string | null): void {
    this.#tell(() => this.#options.onProgress?.(fraction, stage));
  }

  part(part: unknown): void {
    this.#tell(() => this.#options.onPart?.(part));
  }

  succeed(raw: unknown): void {
    const parsed = this.#options.resultSchema.safeParse(raw);
    if (parsed.success)
      this.#settle(() => {
        this.#resolve(parsed.data);
      });
    else
      this.fail(
        new MeshError('INTERNAL', 'the model process answered with a result of the wrong shape', {
          cause: parsed.error,
        }),
      );
  }

  /** A run that its caller gave up fails with the caller's reason, whatever became of it. */
  fail(error: MeshError): void {
    const reason = this.#cancelledBy ?? error;
    this.#settle(() => {
      this.#reject(reason);
    });
  }

  /** A listener that throws fails its own run and nothing else. */
  #tell(listener: () => void): void {
    if (!this.isWanted) return;
    try {
      listener();
    } catch (error) {
      this.fail(toMeshError(error));
    }
  }

  #settle(settle: () => void): void {
    this.#stopWatch();
    clearTimeout(this.#graceTimer);
    settle();
  }
}
