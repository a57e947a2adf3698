export { backoffMs, type Backoff } from './backoff.js';
export { childEntry } from './child-entry.js';
export { listenForStop, type StopRequest } from './listen-for-stop.js';
export { lockFolder } from './lock-folder.js';
export { ResourceStack } from './resource-stack.js';
export { runUntilSignal } from './run-until-signal.js';
export { stopChild } from './stop-child.js';
