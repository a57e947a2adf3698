import type { ServerSettings } from './server-files.js';

/** What the supervisor process tells the process that started it. */
export type SupervisorMessage =
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'exited'; readonly reason: string }
  | { readonly type: 'refused'; readonly ownerPid: number };

/** The first message to the supervisor. It holds the password, hence a channel and no argument. */
export interface SupervisorOrder {
  readonly binary: string;
  readonly settings: ServerSettings;
}

export function isSupervisorMessage(value: unknown): value is SupervisorMessage {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
