export {
  createOutbound,
  type Outbound,
  type OutboundAnswer,
  type OutboundOptions,
  type OutboundRequest,
} from './create-outbound.js';
export type { ResolveHost } from './destination.js';
export type { OutboundMethod } from './exchange.js';
