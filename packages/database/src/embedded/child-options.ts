/** What the parent tells a child, as one JSON argument. */
export interface ServerChildOptions {
  readonly folder: string;
  readonly dataFolder: string;
  readonly socketPath: string;
  readonly idleInTransactionMs: number;
  readonly careIntervalMs: number;
  /** The parent's claim on the folder. */
  readonly partner: string;
}

export type InitChildOptions = Pick<ServerChildOptions, 'folder' | 'dataFolder' | 'partner'>;

/** From the child: it serves, or it is alive. */
export type ChildMessage = { readonly type: 'ready' } | { readonly type: 'pong' };
