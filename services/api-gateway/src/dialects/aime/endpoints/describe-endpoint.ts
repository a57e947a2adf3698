import { jsonAnswer, type JsonAnswer, type Route } from '@infermesh/http';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { anyObject, endpointParams } from '../endpoint-request.js';
import type { JsonFields } from '../jobs/job-answer.js';
import type { KnownWorker } from '../workers/worker-registry.js';
import { endpointDocument } from './endpoint-document.js';
import { countWaiting } from './count-waiting.js';

/** Dossier 1.11: what an endpoint takes and gives, and who works for it. Published clients ask for it at the older path. */
export function describeRoutes(parts: AimeParts): Route<AimeCaller>[] {
  const shared = {
    method: 'GET',
    params: endpointParams,
    answers: { 200: anyObject },
    errors: ['ENDPOINT_NOT_FOUND', 'QUEUE_UNAVAILABLE'],
    handler: ({ params, id, signal }: DescribeRequest) => describe(parts, params.endpoint, { id, signal }),
  } as const;
  return [
    route.open({ ...shared, path: '/api/endpoints/:endpoint', operationId: 'DescribeEndpoint' }),
    route.open({ ...shared, path: '/api/:endpoint', operationId: 'DescribeEndpointAsBefore' }),
    route.open({
      method: 'GET',
      path: '/api/endpoints/:endpoint/openapi.json',
      operationId: 'GetOpenApi',
      params: endpointParams,
      answers: { 200: anyObject },
      errors: ['ENDPOINT_NOT_FOUND'],
      handler: ({ params, basePath }) =>
        Promise.resolve(
          jsonAnswer(200, { ...endpointDocument(parts.catalogue.get(params.endpoint).definition, basePath) }),
        ),
    }),
  ];
}

interface DescribeRequest {
  readonly params: { readonly endpoint: string };
  readonly id: string;
  readonly signal: AbortSignal;
}

/** What every endpoint takes beside its [INPUTS]. */
const implicitInputs = {
  key: { type: 'string' },
  client_session_auth_key: { type: 'string' },
  wait_for_result: { type: 'boolean', default: true },
};

async function describe(
  { catalogue, workers, jobQueue }: AimeParts,
  name: string,
  scope: { readonly id: string; readonly signal: AbortSignal },
): Promise<JsonAnswer<200, JsonFields>> {
  const { definition } = catalogue.get(name);
  const { queue, worker, tables } = definition;
  const known = workers.list(worker.jobType);
  const waiting = await countWaiting(jobQueue, worker.jobType, scope);
  return jsonAnswer(200, {
    name: definition.name,
    title: definition.title,
    description: definition.description,
    http_methods: [...definition.methods],
    version: definition.version,
    category: definition.category,
    max_queue_length: queue.maxQueueLength,
    max_time_in_queue: queue.maxTimeInQueueMs / 1000,
    free_queue_slots: Math.max(queue.maxQueueLength - waiting, 0),
    num_workers: known.length,
    num_active_workers: known.filter(({ state }) => state !== 'offline').length,
    workers: known.map(workerView),
    parameter_description: {
      input: { ...tables.inputs, ...implicitInputs },
      output: tables.outputs,
      progress: tables.progress,
    },
  });
}

function workerView({ facts, state, freeSlots }: KnownWorker): JsonFields {
  const { model } = facts;
  return {
    name: facts.name,
    state,
    max_batch_size: facts.maxBatch,
    free_slots: freeSlots,
    gpu_name: facts.gpuName,
    num_gpus: facts.numGpus,
    framework: facts.framework,
    framework_version: facts.frameworkVersion,
    pytorch_version: facts.pytorchVersion,
    model: {
      label: model.label,
      quantization: model.quantization,
      size: model.size,
      family: model.family,
      type: model.type,
      repo_name: model.repoName,
    },
  };
}
