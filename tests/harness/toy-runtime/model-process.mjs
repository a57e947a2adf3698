// Echoes its inputs, sleeps, or writes a file: whatever the tests need to see that a job ran, and where.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { serveRuntime } from '@infermesh/model-runtime';
import { z } from 'zod';

const item = z.object({
  jobId: z.string(),
  jobType: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  payloadPath: z.string().nullable(),
  outputFolder: z.string(),
});

async function run({ jobType, inputs, outputFolder }, signal) {
  if (jobType === 'toy-sleep') await delay(Number(inputs.ms ?? 1000), undefined, { signal });
  if (jobType === 'toy-file') {
    const path = join(outputFolder, 'said.txt');
    await writeFile(path, String(inputs.say ?? ''));
    return { outputs: [{ name: 'said.txt', path, mediaType: 'text/plain' }], result: {} };
  }
  return { outputs: [], result: { echoed: inputs } };
}

serveRuntime({
  kind: 'toy',
  schema: { options: z.unknown(), item, result: z.unknown() },
  load: () =>
    Promise.resolve({
      maxBatch: 4,
      run: async (batch) => {
        await Promise.all(
          batch.map(async (entry) => {
            try {
              entry.succeed(await run(entry.item, entry.signal));
            } catch (error) {
              entry.fail(error);
            }
          }),
        );
      },
      dispose: () => Promise.resolve(),
    }),
});
