import { serveRuntime } from '@infermesh/model-runtime';
import { z } from 'zod';

serveRuntime({
  kind: 'noop',
  schema: { options: z.unknown(), item: z.unknown(), result: z.unknown() },
  load: () =>
    Promise.resolve({
      maxBatch: 64,
      run: (batch) => {
        for (const entry of batch) entry.succeed({ outputs: [], result: { echoed: {} } });
        return Promise.resolve();
      },
      dispose: () => Promise.resolve(),
    }),
});
