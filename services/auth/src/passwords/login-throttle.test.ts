import { describe, expect, it } from '@jest/globals';
import { LoginThrottle } from './login-throttle.js';

const wrong = (): Promise<undefined> => Promise.resolve(undefined);
const right = (): Promise<string> => Promise.resolve('user');

describe('LoginThrottle', () => {
  let now = 0;
  const aThrottle = (): LoginThrottle => new LoginThrottle(() => now);

  it('lets a few wrong tries pass, then asks for pauses that double', async () => {
    const throttle = aThrottle();
    for (let attempt = 0; attempt < 5; attempt += 1) await throttle.attempt('ann', wrong);
    await expect(throttle.attempt('ann', right)).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      retryAfterSeconds: 1,
    });
    expect(await throttle.attempt('bob', right)).toBe('user');
    now += 1_000;
    await throttle.attempt('ann', wrong);
    await expect(throttle.attempt('ann', right)).rejects.toMatchObject({ retryAfterSeconds: 2 });
    now += 2_000;
    expect(await throttle.attempt('ann', right)).toBe('user');
    await throttle.attempt('ann', wrong);
    expect(await throttle.attempt('ann', right)).toBe('user');
  });

  it('counts tries that are under way', async () => {
    const throttle = aThrottle();
    const burst = await Promise.allSettled(Array.from({ length: 20 }, () => throttle.attempt('ann', wrong)));
    expect(burst.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });

  it('does not count a try that could not be answered', async () => {
    const throttle = aThrottle();
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await expect(throttle.attempt('ann', () => Promise.reject(new Error('database away')))).rejects.toThrow('away');
    }
    expect(await throttle.attempt('ann', right)).toBe('user');
  });

  it('bounds logins under way, whatever their names', async () => {
    const throttle = aThrottle();
    let release: (value: string) => void = () => undefined;
    const held = new Promise<string>((resolve) => {
      release = resolve;
    });
    const running = Array.from({ length: 50 }, (_, index) => throttle.attempt(`user${String(index)}`, () => held));
    await expect(throttle.attempt('ann', right)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    release('user');
    await Promise.all(running);
    expect(await throttle.attempt('ann', right)).toBe('user');
  });
});
