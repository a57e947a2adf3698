import type { GatewayParts } from '@infermesh/api-gateway';
import {
  createJob,
  endpointQueue,
  isFinal,
  jobState,
  performJob,
  type JobState,
  type Principal,
} from '@infermesh/contracts';
import { errorCodes } from '@infermesh/errors';
import { jsonAnswer, routesFor, type Caller, type Dialect } from '@infermesh/http';
import { z } from 'zod';

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

const route = routesFor<NoopCaller>();
/** What a run answers. */
const ran = z.object({ state: jobState });
const common = { method: 'POST', permission: 'any key', body: z.unknown() } as const;

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
  return {
    name: 'noop',
    limits: { bodyBytes: 100_000, requestTimeoutMs: 30_000 },
    cors: { origins: [] },
    routes: [
      route.keyed({
        ...common,
        path: '/perform/:endpoint',
        operationId: 'perform',
        answers: { 200: z.unknown() },
        handler: async ({ params, signal }) => {
          const { result } = await jobQueue.call(
            performJob,
            { jobType: 'noop', inputs: {} },
            { queue: endpointQueue(params.endpoint), deadlineAt: Date.now() + 10_000, signal },
          );
          return jsonAnswer(200, result);
        },
      }),
      route.keyed({
        ...common,
        path: '/submit/:endpoint',
        operationId: 'submit',
        answers: { 202: z.object({ id: z.string() }) },
        handler: async ({ params, caller }) => {
          const { id } = await submit(caller, params.endpoint);
          return jsonAnswer(202, { id });
        },
      }),
      route.keyed({
        ...common,
        path: '/run/:endpoint',
        operationId: 'run',
        answers: { 200: ran, 500: ran },
        handler: async ({ params, caller, signal }) => {
          const { id } = await submit(caller, params.endpoint);
          const ended = await untilEnded(jobQueue, id, signal);
          return jsonAnswer(ended === 'succeeded' ? 200 : 500, { state: ended });
        },
      }),
    ],
    authenticate: async ({ headers }) => {
      const principal = await keys.verify(headers.authorization?.replace(/^Bearer /u, ''));
      return { keyId: principal.keyId, principal };
    },
    authorise: () => undefined,
    parseBody: (body) => body.json(),
    notFound: ({ path }) => jsonAnswer(404, { path }),
    answerError: ({ code, message }) => jsonAnswer(errorCodes[code].status, { code, message }),
  };
}
