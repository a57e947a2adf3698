import { expect, it } from '@jest/globals';
import { createSecret, signatureHeaders } from './webhook-signature.js';

const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampSeconds: 1_614_265_330, body: '{"test": 2432232314}' };

it('signs as the published example of Standard Webhooks', () => {
  expect(signatureHeaders(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('signs with every secret, the newest first, and each secret is another', () => {
  const [fresh, old] = [createSecret(), createSecret()];
  const both = signatureHeaders(message, [fresh, old])['webhook-signature'].split(' ');
  expect(both).toEqual([fresh, old].map((one) => signatureHeaders(message, [one])['webhook-signature']));
  expect(both[0]).not.toBe(both[1]);
});
