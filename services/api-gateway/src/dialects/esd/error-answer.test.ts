import { expect, it } from '@jest/globals';
import { MeshError, type ErrorCode } from '@infermesh/errors';
import { answerError, describeError } from './error-answer.js';
import { EsdFault } from './esd-fault.js';

it.each<[ErrorCode, number, object]>([
  ['INTERNAL', 502, { message: 'Internal server error' }],
  ['CONFIG_INVALID', 502, { message: 'Internal server error' }],
  ['DEADLINE_EXCEEDED', 504, { message: 'Endpoint request timed out' }],
  ['QUOTA_EXCEEDED', 429, { message: 'Too Many Requests' }],
  ['QUEUE_FULL', 429, { message: 'Limit Exceeded' }],
  ['UNAUTHENTICATED', 403, { message: 'Forbidden' }],
  ['METHOD_NOT_ALLOWED', 403, { message: 'Missing Authentication Token' }],
  ['BODY_TOO_LARGE', 413, { message: 'said' }],
  ['DATABASE_UNAVAILABLE', 503, { message: 'said' }],
  ['ENDPOINT_NOT_READY', 400, { statusCode: 400, message: 'said' }],
  ['BAD_REQUEST', 400, { statusCode: 400, message: 'said' }],
  ['FORBIDDEN', 403, { statusCode: 403, message: 'said' }],
  ['NOT_FOUND', 404, { statusCode: 404, message: 'said' }],
])('answers %s as %d, in the shape that the document names', (code, status, body) => {
  const answer = answerError(new MeshError(code, 'said'));
  expect(answer).toMatchObject({ status, body: { value: body } });
  const described = describeError(code);
  expect(described.status).toBe(status);
  expect(described.schema.safeParse(body).success).toBe(true);
});

it('answers who is not authorised in two shapes', () => {
  expect(answerError(EsdFault.unauthorizedByGateway())).toMatchObject({
    status: 401,
    body: { value: { message: 'Unauthorized' } },
  });
  expect(answerError(EsdFault.unauthorizedByFunction())).toMatchObject({
    status: 401,
    body: { value: { statusCode: 401, message: 'Unauthorized' } },
  });
});
