import { cpus, loadavg } from 'node:os';

export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** Processes that ran or wanted to, over the last minute: more than `cores` means a disturbed measurement. */
  readonly loadAverage: number;
}

/** What a figure depends on beside the code. */
export function machineFacts(): MachineFacts {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    node: process.version,
    loadAverage: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}
