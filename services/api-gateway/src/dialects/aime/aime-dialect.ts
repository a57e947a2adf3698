import { MeshError } from '@infermesh/errors';
import { jsonAnswer, type Dialect } from '@infermesh/http';
import type { AimeCaller, AimeParts } from './aime-parts.js';
import { authenticate } from './clients/authenticate.js';
import { loginRoutes } from './clients/login.js';
import { describeRoutes } from './endpoints/describe-endpoint.js';
import { listingRoutes } from './endpoints/list-endpoints.js';
import { answerError } from './error-answer.js';
import { cancelRoute } from './jobs/cancel-job.js';
import { pollRoutes } from './jobs/poll-job.js';
import { submitRoutes } from './jobs/submit-job.js';
import { staticRoutes } from './static/static-routes.js';
import { postResultRoute } from './workers/post-result.js';
import { readProgressBody } from './workers/read-progress-body.js';
import { readResultBody } from './workers/read-result-body.js';
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
      cancelRoute(parts),
      ...loginRoutes(parts),
      ...listingRoutes(parts),
      ...describeRoutes(parts),
      workerStatusRoute(parts),
      workerLoginRoute(parts),
      requestJobsRoute(parts),
      reportProgressRoute(parts),
      postResultRoute(parts),
      ...staticRoutes(parts),
    ],
    authenticate: (request, body) => authenticate(parts, request, body),
    authorise: () => {
      throw new MeshError('FORBIDDEN', 'no permission of the mesh opens this');
    },
    // Clients send bodies of nothing where the query has all that counts.
    parseBody: (body, { operationId }) => {
      if (body.bytes.length === 0) return undefined;
      if (operationId === 'PostResult') return readResultBody(body);
      return operationId === 'ReportProgress' ? readProgressBody(body) : body.json();
    },
    notFound: ({ path }) => jsonAnswer(404, { success: false, error: `there is no ${path.slice(0, 200)} here` }),
    answerError: (error, request) => answerError(parts.catalogue, error, request),
  };
}
