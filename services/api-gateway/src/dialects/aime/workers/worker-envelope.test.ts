import { describe, expect, it } from '@jest/globals';
import { findEnvelope } from './worker-envelope.js';

describe('findEnvelope', () => {
  it('reads what a text that is no JSON says of its job', () => {
    const text = '{"job_id": "a.b", "job_type":"t", "auth" : "w", "auth_key": null, "progress": 12.5, "loss": NaN}';
    expect(findEnvelope(Buffer.from(text))).toEqual({ job_id: 'a.b', job_type: 't', auth: 'w', progress: 12.5 });
  });

  it('takes the last of several, and passes over what is no value', () => {
    const text = '{"job_id":"first","text":"x","job_id":"second","list":["job_id"],"a":NaN}';
    expect(findEnvelope(Buffer.from(text)).job_id).toBe('second');
    expect(findEnvelope(Buffer.from('"job_id":"first"')).job_id).toBe('first');
  });

  it('takes a name of 2000 characters of four bytes', () => {
    const name = '\u{1F600}'.repeat(2_000);
    expect(findEnvelope(Buffer.from(`{"auth":${' '.repeat(100)}"${name}",NaN}`)).auth).toBe(name);
  });

  it('looks at few of many names: bodies of megabytes come from anybody', () => {
    const many = (text: string): Buffer => Buffer.from(`"auth":"a",${text.repeat(100_000)}`);
    expect(findEnvelope(many('"auth":"b",'))).toEqual({ auth: 'b' });
    expect(findEnvelope(many('"auth":0,'))).toEqual({});
  });
});
