import type { GatewayParts } from '@infermesh/api-gateway';
import { createJob, endpointQueue, isFinal, performJob, type JobState, type Principal } from '@infermesh/contracts';
import { errorCodes } from '@infermesh/errors';
import { jsonAnswer, type Caller, type Dialect, type KeyRoute } from '@infermesh/http';

interface NoopCaller extends Caller {
  readonly principal: Principal;
}

async function untilEnded(jobQueue: GatewayParts['jobQueue'], id: string, signal: AbortSignal): Promise<JobState> {
  for await (const { data } of jobQueue.follow(id, { signal })) {
    const { state } = data as { state: JobState };
    if (isFinal(state)) return state;
  }
  return 'active';
}

/** The thinnest dialect that does the same work at each stop as the product's: key check, admission, validation. */
export function createNoopDialect({ jobQueue, keys }: GatewayParts): Dialect<NoopCaller> {
  const submit = async ({ principal }: NoopCaller, endpointId: string) => {
    const { job } = await jobQueue.call(
      createJob,
      {
        owner: { tenantId: principal.tenantId, owner: principal.subject, weight: principal.weight },
        dialect: 'noop',
        jobType: 'noop',
        endpointId,
        payload: null,
        runTimeoutMs: 60_000,
        start: true,
      },
      { deadlineAt: Date.now() + 10_000 },
    );
    return job;
  };
  const route = (path: string, handler: KeyRoute<NoopCaller>['handler']): KeyRoute<NoopCaller> => ({
    method: 'POST',
    path,
    access: 'key',
    operationId: path.slice(1, path.indexOf('/', 1)),
    handler,
  });
  return {
    name: 'noop',
    limits: { bodyBytes: 100_000, requestTimeoutMs: 30_000 },
    cors: { origins: [] },
    routes: [
      route('/perform/:endpoint', async ({ params, signal }) => {
        const { result } = await jobQueue.call(
          performJob,
          { jobType: 'noop', inputs: {} },
          { queue: endpointQueue(params['endpoint'] ?? ''), deadlineAt: Date.now() + 10_000, signal },
        );
        return jsonAnswer(200, result);
      }),
      route('/submit/:endpoint', async ({ params, caller }) => {
        const { id } = await submit(caller, params['endpoint'] ?? '');
        return jsonAnswer(202, { id });
      }),
      route('/run/:endpoint', async ({ params, caller, signal }) => {
        const { id } = await submit(caller, params['endpoint'] ?? '');
        const state = await untilEnded(jobQueue, id, signal);
        return jsonAnswer(state === 'succeeded' ? 200 : 500, { state });
      }),
    ],
    authenticate: async ({ headers }) => {
      const principal = await keys.verify(headers.authorization?.replace(/^Bearer /u, ''));
      return { keyId: principal.keyId, principal };
    },
    parseBody: (body) => body.json(),
    notFound: ({ path }) => jsonAnswer(404, { path }),
    answerError: ({ code, message }) => jsonAnswer(errorCodes[code].status, { code, message }),
  };
}
