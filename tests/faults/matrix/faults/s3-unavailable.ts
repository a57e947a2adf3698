import { soonMs, type Fault } from '../fault.js';
import { disturb } from './disturb.js';

const answer = [
  'HTTP/1.1 503 Service Unavailable',
  'Content-Type: application/xml',
  'Connection: close',
  'Content-Length: 80',
  '',
  '<Error><Code>ServiceUnavailable</Code><Message>by the fault</Message></Error>'.padEnd(80),
].join('\r\n');

export const s3Unavailable: Fault = {
  name: 's3-503',
  topologies: ['split'],
  holdMs: 8_000,
  recoverWithinMs: soonMs,
  inject: ({ split }) => disturb([split.network.s3], { kind: 'answer', text: answer }, 'every request'),
};
