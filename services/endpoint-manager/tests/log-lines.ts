import { EventEmitter, once } from 'node:events';
import { createLogger, type Logger } from '@infermesh/telemetry';

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** A logger whose lines a test can wait for. */
export class LogLines {
  readonly logger: Logger;
  readonly #lines: LogLine[] = [];
  readonly #written = new EventEmitter();

  constructor() {
    const write = (line: string): void => {
      this.#lines.push(JSON.parse(line) as LogLine);
      this.#written.emit('line');
    };
    this.logger = createLogger({ service: 'test', level: 'debug', destination: { write } });
  }

  /** The first line with this message that no earlier `next` has returned; waits for it. */
  async next(message: string): Promise<LogLine> {
    for (;;) {
      const index = this.#lines.findIndex(({ msg }) => msg === message);
      const [line] = index === -1 ? [] : this.#lines.splice(index, 1);
      if (line !== undefined) return line;
      await once(this.#written, 'line');
    }
  }
}
