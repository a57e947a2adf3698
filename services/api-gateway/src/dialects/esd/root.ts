import { functionAnswer, messageBody } from './envelope.js';
import { route } from './esd-parts.js';

/** From 1.6 on. */
export const rootRoute = route.keyed({
  method: 'GET',
  path: '/',
  operationId: 'RootAPI',
  permission: 'any key',
  answers: { 200: messageBody(200) },
  handler: () => Promise.resolve(functionAnswer(200, undefined)),
});
