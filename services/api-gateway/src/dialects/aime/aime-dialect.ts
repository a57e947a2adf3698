import { MeshError } from '@infermesh/errors';
import { jsonAnswer, type Dialect, type RequestHead } from '@infermesh/http';
import type { AimeCaller, AimeParts } from './aime-parts.js';
import { loginRoutes } from './clients/login.js';
import { credentialsOf } from './clients/request-credentials.js';
import { inputOf } from './endpoint-request.js';
import { answerError, endpointNameOf } from './error-answer.js';
import { pollRoutes } from './jobs/poll-job.js';
import { submitRoutes } from './jobs/submit-job.js';
import { postResultRoute } from './workers/post-result.js';
import { reportProgressRoute } from './workers/report-progress.js';
import { requestJobsRoute } from './workers/request-jobs.js';
import { workerLoginRoute, workerStatusRoute } from './workers/worker-status.js';

const usualTimeoutMs = 30_000;

/** AIME: job endpoints from files, their clients and their workers. protocols/aime.md has the wire facts. */
export function createAimeDialect(parts: AimeParts): Dialect<AimeCaller> {
  return {
    name: 'aime',
    limits: { bodyBytes: parts.server.http.maxBodyBytes, requestTimeoutMs: usualTimeoutMs },
    cors: { origins: '*' },
    routes: [
      ...submitRoutes(parts),
      ...pollRoutes(parts),
      ...loginRoutes(parts),
      workerStatusRoute(parts),
      workerLoginRoute(parts),
      requestJobsRoute(parts),
      reportProgressRoute(parts),
      postResultRoute(parts),
    ],
    authenticate: (request, body) => authenticate(parts, request, body),
    authorise: () => {
      throw new MeshError('FORBIDDEN', 'no permission of the mesh opens this');
    },
    // Clients send bodies of nothing where the query has all that counts.
    parseBody: (body) => (body.bytes.length === 0 ? undefined : body.json()),
    notFound: ({ path }) => jsonAnswer(404, { success: false, error: `there is no ${path.slice(0, 200)} here` }),
    answerError: (error, request) => answerError(parts.catalogue, error, request),
  };
}

/** The client of a request to an endpoint, by the key or session among its parameters. */
async function authenticate(parts: AimeParts, request: RequestHead, body: unknown): Promise<AimeCaller> {
  const endpoint = parts.catalogue.get(endpointNameOf(request));
  const input = inputOf({ ...pick(request), body });
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new MeshError('BAD_REQUEST', 'the request must be a JSON object with the parameters');
  }
  const client = await parts.clients.admit(endpoint, credentialsOf(input as Record<string, unknown>));
  return { keyId: client.keyId, client };
}

function pick({ method, search }: RequestHead): Pick<RequestHead, 'method' | 'search'> {
  return { method, search };
}
