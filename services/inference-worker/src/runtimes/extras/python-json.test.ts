import { describe, expect, it } from '@jest/globals';
import { parsePythonJson } from './python-json.js';

describe('parsePythonJson', () => {
  it('reads bare Infinity as the largest double, and leaves strings alone', () => {
    expect(
      parsePythonJson(
        '{"s_tmax": Infinity, "low": -Infinity, "text": "Infinity \\" NaN Infinity", "slash": "\\\\", "n": Infinity}',
      ),
    ).toEqual({
      s_tmax: Number.MAX_VALUE,
      low: -Number.MAX_VALUE,
      text: 'Infinity " NaN Infinity',
      slash: '\\',
      n: Number.MAX_VALUE,
    });
  });

  it('refuses NaN and says where it stands', () => {
    expect(() => parsePythonJson('{"eta": NaN}')).toThrow(
      'the payload has NaN at position 8, after "eta": send a number or null',
    );
    expect(() => parsePythonJson('NaN')).toThrow('the payload has NaN at position 0: send');
  });

  it.each(['', 'hello', '{"a": Infinit}', '{"a": "open'])('refuses %j', (text) => {
    expect(() => parsePythonJson(text)).toThrow(expect.objectContaining({ code: 'PAYLOAD_INVALID' }));
  });
});
