import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodePng, resizeImage, decodeImage, type RawImage } from '@infermesh/media';
import { startModelProcess } from '@infermesh/model-runtime';
import { createLogger } from '@infermesh/telemetry';
import { runtimeResult, type RuntimeItemInput } from '../runtime-item.js';
import { loadRuntimeTable } from '../runtime-table.js';

const models = '../../../../../models';
const patienceMs = 280_000;

const pathOf = (path: string): string => fileURLToPath(new URL(`${models}/${path}`, import.meta.url));

/** The photograph at 12 megapixels, with noise that PNG cannot compress, or with alpha. */
async function photograph(kind: 'noisy' | 'translucent'): Promise<RawImage> {
  const size = { width: 4000, height: 3000 };
  const { data, width, height } = await resizeImage(await decodeImage(pathOf('photographs/coffee.jpg')), {
    ...size,
    kernel: 'lanczos3',
  });
  if (kind === 'noisy') {
    let state = 1;
    for (let index = 0; index < data.length; index += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      data[index] = (data[index] ?? 0) ^ ((state >>> 24) & 0x1f);
    }
    return { data, width, height, channels: 3 };
  }
  const translucent = Buffer.alloc(width * height * 4, 128);
  for (let pixel = 0; pixel < width * height; pixel += 1) data.copy(translucent, pixel * 4, pixel * 3, pixel * 3 + 3);
  return { data: translucent, width, height, channels: 4 };
}

describe('memory of the extras model process', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'extras-memory-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it.each(['noisy', 'translucent'] as const)(
    'stays below 1 GB while 12 megapixels are doubled (%s)',
    async (kind) => {
      const path = pathOf('upscale-photo-x2/upscale-photo-x2.onnx');
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      await using model = await startModelProcess({
        entry: (await loadRuntimeTable([])).get('extra-single-image')?.entry ?? '',
        options: {},
        checkpoints: { network: { path, sha256 } },
        executionProviders: ['cpu'],
        threads: 1,
        scratchFolder: folder,
        memoryLimitBytes: 1e9,
        loadTimeoutMs: 20_000,
        cancelGraceMs: 20_000,
        logger: createLogger({ service: 'test', level: 'silent' }),
      });
      const outputFolder = await mkdtemp(join(folder, 'job-'));
      const payloadPath = join(outputFolder, 'payload');
      const image = (await encodePng(await photograph(kind))).toString('base64');
      await writeFile(payloadPath, JSON.stringify({ upscaler_1: 'network', image }));
      const item: RuntimeItemInput = {
        jobId: 'a-job',
        jobType: 'extra-single-image',
        inputs: {},
        payloadPath,
        outputFolder,
        missingCheckpoints: {},
      };
      const patience = { signal: new AbortController().signal, deadlineAt: Date.now() + patienceMs };
      const { result } = await model.run(item, { resultSchema: runtimeResult, ...patience });
      expect(result).toMatchObject({ width: 8000, height: 6000 });
      const status = await readFile(`/proc/${model.info.pid}/status`, 'utf8');
      const peakKibibytes = Number(/^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1]);
      expect(peakKibibytes * 1024).toBeLessThan(1e9);
    },
    patienceMs,
  );
});
