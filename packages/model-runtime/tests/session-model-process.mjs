// A model process around one ONNX file with a float input `x` and a float output `y`. For the tests beside it.
import { serveRuntime } from '@infermesh/model-runtime';
import { z } from 'zod';

serveRuntime({
  kind: 'session',
  schema: {
    options: z.object({}),
    item: z.object({ x: z.array(z.number()) }),
    result: z.object({ y: z.array(z.number()) }),
  },
  async load({ checkpoints, sessions }) {
    const session = await sessions.open(checkpoints.model);
    return {
      maxBatch: 1,
      async run([it]) {
        const data = Float32Array.from(it.item.x);
        const { y } = await session.run({ x: { type: 'float32', data, dims: [data.length] } });
        it.succeed({ y: [...y.data] });
      },
      dispose: () => session.release(),
    };
  },
});
