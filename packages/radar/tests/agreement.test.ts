import { describe, it } from '@jest/globals';
import { expectAgreement } from './agree.js';
import { agreementCases } from './agreement-cases.js';

describe('the addon and the reference agree on the first frames of', () => {
  it.each(agreementCases)('$name', async (agreementCase) => {
    await expectAgreement(agreementCase, 4);
  });
});
