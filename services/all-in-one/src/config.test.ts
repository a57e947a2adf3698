import { expect, it } from '@jest/globals';
import { readConfig } from '@infermesh/config';
import { Config } from './config.js';

it('refuses two APIs at one address and prefix', () => {
  expect(() => readConfig(Config, { LISTEN_AUTH: '127.0.0.1:8600/prod' })).toThrow(
    /LISTEN_ESD and LISTEN_AUTH both name 127\.0\.0\.1:8600\/prod/u,
  );
  expect(() => readConfig(Config, {})).not.toThrow();
});
