/** The reason with which a signal ends a command: `128 + number` is its exit code, as shells count. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;
  /** The job that was under way. */
  inferenceId: string | undefined = undefined;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('stopped');
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}
