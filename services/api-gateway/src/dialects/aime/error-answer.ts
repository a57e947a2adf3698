import { errorCodes, type ErrorCode, type MeshError } from '@infermesh/errors';
import { jsonAnswer, type HttpAnswer, type RequestHead } from '@infermesh/http';
import { endpointNameOf } from './endpoint-request.js';
import type { EndpointCatalogue } from './endpoints/endpoint-catalogue.js';

/** Dossier 1.4 to 1.5, where it is not the status of the code itself. */
const statuses: Partial<Record<ErrorCode, number>> = {
  FORBIDDEN: 402,
  DEADLINE_EXCEEDED: 503,
};

/** Reasons that are told as a list, as clients expect them. */
const listed: readonly ErrorCode[] = ['BAD_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN'];

function statusOf(code: ErrorCode): number {
  return statuses[code] ?? errorCodes[code].status;
}

/** Every answer is a JSON object: the clients parse it before they look at the status. */
export function answerError(catalogue: EndpointCatalogue, error: MeshError, request: RequestHead): HttpAnswer {
  return workerAnswer(error, request) ?? clientAnswer(catalogue, error, request);
}

function clientAnswer(catalogue: EndpointCatalogue, { code, message }: MeshError, request: RequestHead): HttpAnswer {
  return jsonAnswer(statusOf(code), {
    success: false,
    error: listed.includes(code) ? [message] : message,
    ep_version: catalogue.find(endpointNameOf(request))?.definition.version ?? null,
  });
}

/**
 * What a worker makes of an answer decides: 503 lets it wait and come back, any other status makes it ask again at once, for
 * ever; so what is its own mistake is said with 200. Dossier 2.3 to 2.5.
 */
function workerAnswer({ code, message }: MeshError, { operationId }: RequestHead): HttpAnswer | undefined {
  const status = passes(code) ? 503 : 200;
  switch (operationId) {
    case 'RequestJobs':
    case 'CheckServerStatus':
      return jsonAnswer(status, { cmd: 'error', msg: message });
    case 'ReportProgress':
      return jsonAnswer(status, [{ success: false, error_msg: message }]);
    case 'PostResult':
      return jsonAnswer(status, { cmd: 'warning', msg: message });
    case 'LoginWorker':
      return jsonAnswer(status, { success: false, error_msg: message });
    default:
      return undefined;
  }
}

function passes(code: ErrorCode): boolean {
  return errorCodes[code].retryable || code === 'DEADLINE_EXCEEDED' || code === 'INTERNAL' || code === 'CANCELLED';
}
