import {
  createJob,
  endpointQueue,
  getJob,
  jobView,
  listEndpoints,
  performJob,
  type Principal,
} from '@infermesh/contracts';
import type { GatewayParts } from '@infermesh/api-gateway';
import { MeshError, errorCodes } from '@infermesh/errors';
import { jsonAnswer, routesFor, type Caller, type Dialect } from '@infermesh/http';
import { z } from 'zod';

interface ToyCaller extends Caller {
  readonly principal: Principal;
  /** Epoch milliseconds; a caller's deadline counts from here. */
  readonly arrivedAt: number;
}

const route = routesFor<ToyCaller>();

const wish = z.object({
  endpoint: z.string(),
  jobType: z.string(),
  inputs: z.record(z.string(), z.json()).default({}),
  timeoutMs: z.number().default(10_000),
});

/** A second dialect, of four routes and other words than ESD's: keys by bearer, durable jobs without payload, attached jobs. */
export function createToyDialect({ jobQueue, keys }: GatewayParts): Dialect<ToyCaller> {
  const endpointId = async (name: string, deadlineAt: number): Promise<string> => {
    const { endpoints } = await jobQueue.call(listEndpoints, { name }, { deadlineAt });
    if (endpoints[0] === undefined)
      throw new MeshError('ENDPOINT_NOT_FOUND', `no endpoint ${name}`, { field: 'endpoint' });
    return endpoints[0].id;
  };
  const accessOf = ({ caller: { principal } }: { caller: ToyCaller }): { tenantId: string; subject: string } => ({
    tenantId: principal.tenantId,
    subject: principal.subject,
  });
  return {
    name: 'toy',
    limits: { bodyBytes: 100_000, requestTimeoutMs: 30_000 },
    cors: { origins: [] },
    routes: [
      route.keyed({
        method: 'POST',
        path: '/jobs',
        permission: 'any key',
        operationId: 'Submit',
        body: wish,
        answers: { 202: z.object({ id: z.string() }) },
        errors: ['ENDPOINT_NOT_FOUND'],
        handler: async (request) => {
          const { endpoint, jobType, inputs } = request.body;
          const access = accessOf(request);
          const deadlineAt = request.caller.arrivedAt + 10_000;
          const created = await jobQueue.call(
            createJob,
            {
              owner: { tenantId: access.tenantId, owner: access.subject, weight: request.caller.principal.weight },
              dialect: 'toy',
              jobType,
              endpointId: await endpointId(endpoint, deadlineAt),
              payload: null,
              inputs,
              runTimeoutMs: 60_000,
              start: true,
            },
            { deadlineAt },
          );
          return jsonAnswer(202, { id: created.job.id });
        },
      }),
      route.keyed({
        method: 'GET',
        path: '/jobs/:id',
        permission: 'any key',
        operationId: 'Look',
        answers: { 200: jobView },
        errors: ['NOT_FOUND'],
        handler: async (request) => {
          const { job } = await jobQueue.call(
            getJob,
            { access: accessOf(request), id: request.params.id, withUrls: true },
            { deadlineAt: Date.now() + 10_000 },
          );
          return jsonAnswer(200, job);
        },
      }),
      route.keyed({
        method: 'POST',
        path: '/perform',
        permission: 'any key',
        operationId: 'Perform',
        body: wish,
        answers: { 200: z.record(z.string(), z.json()) },
        errors: ['ENDPOINT_NOT_FOUND'],
        handler: async (request) => {
          const { endpoint, jobType, inputs, timeoutMs } = request.body;
          const deadlineAt = request.caller.arrivedAt + timeoutMs;
          const queue = endpointQueue(await endpointId(endpoint, deadlineAt));
          const { result } = await jobQueue.call(
            performJob,
            { jobType, inputs },
            { queue, deadlineAt, signal: request.signal },
          );
          return jsonAnswer(200, result);
        },
      }),
    ],
    authenticate: async ({ headers }) => {
      const arrivedAt = Date.now();
      const principal = await keys.verify(headers.authorization?.replace(/^Bearer /u, ''));
      return { keyId: principal.keyId, principal, arrivedAt };
    },
    authorise: ({ principal }, permission) => {
      if (!principal.permissions.includes(permission)) throw new MeshError('FORBIDDEN', `no ${permission}`);
    },
    parseBody: (body) => body.json(),
    notFound: ({ path }) => jsonAnswer(404, { problem: 'NOT_FOUND', path }),
    answerError: ({ code, message }) => jsonAnswer(errorCodes[code].status, { problem: code, message }),
  };
}
