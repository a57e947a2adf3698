/** The program, and what each run of it may use. */
export interface FfmpegSettings {
  /** Absolute path. */
  readonly program: string;
  /** Names of the encoders that it was built with. */
  readonly encoders: ReadonlySet<string>;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly threads: number;
}

/** What stands first in every run: no questions, no banner, no reading of the terminal, one description at level info. */
export function commonArguments({ threads }: Pick<FfmpegSettings, 'threads'>): string[] {
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info'],
    ...['-filter_threads', String(threads), '-filter_complex_threads', String(threads), '-threads', String(threads)],
  ];
}
