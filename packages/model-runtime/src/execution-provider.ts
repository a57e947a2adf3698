/** Where a model computes. */
export type ExecutionProvider = 'cpu' | 'cuda';
