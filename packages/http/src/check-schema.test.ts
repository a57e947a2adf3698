import { describe, expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import { checkSchema } from './index.js';

function faultOf(schema: z.ZodType, value: unknown, describeIssues?: Parameters<typeof checkSchema>[2]): MeshError {
  try {
    checkSchema(schema, value, describeIssues);
  } catch (error) {
    if (error instanceof MeshError) return error;
  }
  throw new Error('the value passed');
}

describe('checkSchema', () => {
  const schema = z.object({
    model: z.enum(['small', 'large']),
    passages: z.array(z.object({ text: z.string().min(1) })).max(2),
  });

  it('hands back the parsed value', () => {
    expect(checkSchema(z.object({ topK: z.coerce.number().default(3) }), { extra: 1 })).toEqual({ topK: 3 });
  });

  it('names the field and what it may be', () => {
    const fault = faultOf(schema, { model: 'huge', passages: [{ text: 'a' }, { text: 7 }] });
    expect(fault).toMatchObject({ code: 'BAD_REQUEST', field: 'model' });
    expect(fault.message).toMatch(/model: .*"small".*"large"; passages\[1\]\.text: .*string/u);
  });

  it('speaks of the whole body when there is no field', () => {
    expect(faultOf(schema, [])).toMatchObject({
      field: undefined,
      message: expect.stringMatching(/^body: /u) as unknown,
    });
  });

  it('shows a few faults and counts the others', () => {
    const many = z.object(
      Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${String(index)}`, z.string()])),
    );
    expect(faultOf(many, {}).message).toMatch(/f4: [^;]*; and 4 more$/u);
  });

  it('tells of the union branch that came furthest', () => {
    const input = z.object({
      input: z.union([z.string(), z.array(z.union([z.string(), z.object({ text: z.string() })]))]),
    });
    expect(faultOf(input, { input: ['a', { text: 1 }] })).toMatchObject({ field: 'input[1].text' });
    expect(faultOf(input, { input: 7 })).toMatchObject({ field: 'input' });
  });

  it('takes the words of a dialect', () => {
    expect(faultOf(schema, {}, (issues) => `${String(issues.length)} faults`).message).toBe('2 faults');
  });
});
