/** The reason with which a signal ends a command: `128 + number` is its exit code, as shells count. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('stopped');
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}
