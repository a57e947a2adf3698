import { functionAnswer, messageBody } from './envelope.js';
import { route } from './esd-parts.js';

export const pingRoute = route.keyed({
  method: 'GET',
  path: '/ping',
  operationId: 'Ping',
  permission: 'any key',
  answers: { 200: messageBody(200) },
  handler: () => Promise.resolve(functionAnswer(200, undefined, 'pong')),
});
