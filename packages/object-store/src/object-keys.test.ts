import { describe, expect, it } from '@jest/globals';
import { objectKeys } from './index.js';

const job = { tenant: 'acme', jobId: '0198c1f2-7f3a-7000-8000-000000000001' };

describe('objectKeys', () => {
  it('lays out jobs and checkpoints', () => {
    const prefix = `jobs/acme/${job.jobId}/`;
    expect(objectKeys.jobPrefix(job)).toBe(prefix);
    expect(objectKeys.jobPayload({ ...job, name: 'in.json' })).toBe(`${prefix}payload/in.json`);
    expect(objectKeys.jobOutput({ ...job, epoch: 3, name: 'image_0.png' })).toBe(`${prefix}3/image_0.png`);
    expect(objectKeys.checkpointPrefix('c1')).toBe('checkpoints/c1/');
    expect(objectKeys.checkpointFile({ checkpointId: 'c1', file: 'onnx/model.onnx' })).toBe(
      'checkpoints/c1/onnx/model.onnx',
    );
    expect(objectKeys.datasetFile({ datasetId: 'd1', file: 'a/1.png' })).toBe(
      `${objectKeys.datasetPrefix('d1')}a/1.png`,
    );
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/../b',
    '/a',
    'a/',
    'a//b',
    '.hidden',
    'a\\b',
    'a b',
    'a\n',
    'ä',
    'a%2e',
    'a?b',
    'x'.repeat(201),
  ])('refuses the name %j', (name) => {
    const refusal = expect.objectContaining({ code: 'BAD_REQUEST', field: 'name' });
    expect(() => objectKeys.jobPayload({ ...job, name })).toThrow(refusal);
    expect(() => objectKeys.jobOutput({ ...job, epoch: 1, name })).toThrow(refusal);
  });

  it.each(['', '..', 'a/b', 'payload/../x'])('refuses the id %j', (id) => {
    expect(() => objectKeys.jobPrefix({ ...job, tenant: id })).toThrow(expect.objectContaining({ field: 'tenant' }));
    expect(() => objectKeys.jobPrefix({ ...job, jobId: id })).toThrow(expect.objectContaining({ field: 'jobId' }));
    expect(() => objectKeys.checkpointPrefix(id)).toThrow(expect.objectContaining({ field: 'checkpointId' }));
  });

  it.each([-1, 1.5, NaN, Infinity])('refuses the epoch %d', (epoch) => {
    expect(() => objectKeys.jobOutput({ ...job, epoch, name: 'a' })).toThrow(
      expect.objectContaining({ field: 'epoch' }),
    );
  });
});
