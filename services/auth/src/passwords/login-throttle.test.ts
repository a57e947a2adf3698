import { describe, expect, it } from '@jest/globals';
import { LoginThrottle } from './login-throttle.js';

const wrong = (): Promise<undefined> => Promise.resolve(undefined);
const right = (): Promise<string> => Promise.resolve('user');

const by = (name: string, from = '192.0.2.1') => ({ name, from });

describe('LoginThrottle', () => {
  let now = 0;
  const aThrottle = (): LoginThrottle => new LoginThrottle(() => now);

  it('lets a few wrong tries pass, then asks for pauses that double', async () => {
    const throttle = aThrottle();
    for (let attempt = 0; attempt < 5; attempt += 1) await throttle.attempt(by('ann'), wrong);
    await expect(throttle.attempt(by('ann'), right)).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      retryAfterSeconds: 1,
    });
    expect(await throttle.attempt(by('bob'), right)).toBe('user');
    now += 1_000;
    await throttle.attempt(by('ann'), wrong);
    await expect(throttle.attempt(by('ann'), right)).rejects.toMatchObject({ retryAfterSeconds: 2 });
    now += 2_000;
    expect(await throttle.attempt(by('ann'), right)).toBe('user');
    await throttle.attempt(by('ann'), wrong);
    expect(await throttle.attempt(by('ann'), right)).toBe('user');
  });

  it('lets a user in from elsewhere while somebody guesses, up to a bound for the name', async () => {
    const throttle = aThrottle();
    for (let minute = 0; minute < 120; minute += 1) {
      await Promise.allSettled([throttle.attempt(by('ann', 'guesser'), wrong)]);
      now += 60_000;
    }
    expect(await throttle.attempt(by('ann', 'home'), right)).toBe('user');
    let refused = 0;
    for (let bot = 0; bot < 120; bot += 1) {
      await throttle.attempt(by('ann', `bot ${String(bot)}`), wrong).catch(() => (refused += 1));
    }
    expect(refused).toBeGreaterThanOrEqual(20);
    await expect(throttle.attempt(by('ann', 'home'), right)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    now += 900_000;
    expect(await throttle.attempt(by('ann', 'home'), right)).toBe('user');
  });

  it('counts tries that are under way', async () => {
    const throttle = aThrottle();
    const burst = await Promise.allSettled(Array.from({ length: 20 }, () => throttle.attempt(by('ann'), wrong)));
    expect(burst.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });

  it('does not count a try that could not be answered', async () => {
    const throttle = aThrottle();
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await expect(throttle.attempt(by('ann'), () => Promise.reject(new Error('database away')))).rejects.toThrow(
        'away',
      );
    }
    expect(await throttle.attempt(by('ann'), right)).toBe('user');
  });

  it('bounds logins under way, whatever their names', async () => {
    const throttle = aThrottle();
    let release: (value: string) => void = () => undefined;
    const held = new Promise<string>((resolve) => {
      release = resolve;
    });
    const running = Array.from({ length: 50 }, (_, index) => throttle.attempt(by(`user${String(index)}`), () => held));
    await expect(throttle.attempt(by('ann'), right)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    release('user');
    await Promise.all(running);
    expect(await throttle.attempt(by('ann'), right)).toBe('user');
  });
});
