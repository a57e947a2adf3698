import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import type { Inference, InferenceProgress } from '../esd/inference.js';
import type { ProgressEvent } from '../esd/progress-event.js';
import { ProgressLine } from './progress-line.js';

function setup(terminal: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  return { written, line: new ProgressLine(Object.assign(stderr, terminal)) };
}

function waiting(status: Inference['status'], progress: InferenceProgress | null = null): ProgressEvent {
  const inference: Inference = {
    id: 'job-1',
    status,
    taskType: null,
    inferenceType: null,
    createTime: null,
    completeTime: null,
    imageNames: [],
    imageUrls: [],
    outputUrls: [],
    reason: null,
    progress,
  };
  return { step: 'wait', inferenceId: 'job-1', inference, elapsedMs: 0 };
}

const download = (receivedBytes: number): ProgressEvent => ({
  step: 'download',
  inferenceId: 'job-1',
  receivedBytes,
  totalBytes: 2048,
});

test('in a log: one line for each change', () => {
  const { written, line } = setup();
  line.show({ step: 'create' });
  line.show({ step: 'upload', inferenceId: 'job-1', sizeBytes: 1_500_000 });
  line.show({ step: 'start', inferenceId: 'job-1' });
  line.show(waiting('inprogress', { fraction: null, stage: null, queuePosition: 2 }));
  line.show(waiting('inprogress', { fraction: null, stage: null, queuePosition: 2 }));
  line.show(waiting('inprogress', { fraction: 0.5, stage: 'enlarging', queuePosition: null }));
  line.show(waiting('succeed'));
  line.show(download(1024));
  line.show(download(2048));
  line[Symbol.dispose]();
  expect(written.join('')).toBe(
    [
      'creating the job',
      'uploading 1.4 MiB for job job-1',
      'starting',
      'in progress, 2 ahead in the queue',
      'enlarging, 50 %',
      'succeeded',
      'downloaded 2.0 KiB',
      '',
    ].join('\n'),
  );
});

test('at a terminal: one line, redrawn, with seconds, no wider than the screen, cleared at the end', () => {
  const { written, line } = setup({ isTTY: true, columns: 20 });
  line.show({ step: 'start', inferenceId: 'job-1' });
  line.show(download(1024));
  line[Symbol.dispose]();
  expect(written[0]?.replace(/\d+\.\d/u, 'N')).toBe('\r\u001b[2Kstarting  N s');
  expect(written[1]).toBe('\r\u001b[2Kdownloading 1.0 KiB');
  expect(written.at(-1)).toBe('\r\u001b[2K');
});

test('a terminal that does not know its width gets the whole line', () => {
  const { written, line } = setup({ isTTY: true, columns: 0 });
  line.show({ step: 'start', inferenceId: 'job-1' });
  line[Symbol.dispose]();
  expect(written[0]).toMatch(/starting {2}\d+\.\d s$/u);
});

test('a stage that a server names cannot draw on the terminal', () => {
  const { written, line } = setup({ isTTY: true });
  line.show(waiting('inprogress', { fraction: null, stage: '\u001b[31mred\n', queuePosition: null }));
  line[Symbol.dispose]();
  expect(written[0]).toContain('\u001b[2K[31mred  ');
});
