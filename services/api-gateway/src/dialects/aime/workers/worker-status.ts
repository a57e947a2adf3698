import { jsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { anyObject } from '../endpoint-request.js';
import { loginBody, type LoginBody } from './worker-body.js';
import type { WorkerFacts } from './worker-registry.js';

const statusBody = z
  .looseObject({
    auth: z.string().max(200).nullish().catch(null),
    job_type: z.string().max(200).nullish().catch(null),
    auth_key: z.string().max(512).nullish().catch(null),
  })
  .default({});

/** As the server that these workers know calls itself: they show it. */
const serverVersion = '0.9.6';

/** Dossier 2.1: asked by a worker that starts, and every second while it believes the server away. */
export function workerStatusRoute({ workerGate, workers }: AimeParts): Route<AimeCaller> {
  return route.open({
    method: 'POST',
    path: '/worker_check_server_status',
    operationId: 'CheckServerStatus',
    summary: 'For workers: whether the server is there, and knows job type and key.',
    body: statusBody,
    bodyBytes: 65_536,
    answers: { 200: anyObject },
    handler: ({ body }) => {
      const jobType = body.job_type ?? '';
      const verdict = workerGate.check(jobType, body.auth_key);
      const isKnown =
        verdict.ok && workers.list(jobType).some(({ facts, state }) => facts.name === body.auth && state !== 'offline');
      return Promise.resolve(
        jsonAnswer(200, {
          cmd: 'ok',
          logged_in: isKnown,
          job_type_present: verdict.ok || verdict.hasJobType,
          key_valid: verdict.ok,
          ...(verdict.ok ? {} : { msg: verdict.message }),
        }),
      );
    },
  });
}

/** Dossier 2.2: newer workers tell of themselves once instead of with each poll. */
export function workerLoginRoute(parts: AimeParts): Route<AimeCaller> {
  return route.open({
    method: 'POST',
    path: '/worker_login',
    operationId: 'LoginWorker',
    summary: 'For workers: tells what they are.',
    body: loginBody,
    bodyBytes: 65_536,
    answers: { 200: anyObject },
    handler: ({ body }) => {
      const { job_type: name, auth_key: key } = body.worker_parameters;
      const verdict = parts.workerGate.check(name, key);
      if (!verdict.ok) return Promise.resolve(jsonAnswer(200, { success: false, error_msg: verdict.message }));
      const { requestTimeoutMs } = verdict.jobType.first.worker;
      parts.workerNews.tell(name, factsOf(body, requestTimeoutMs));
      return Promise.resolve(
        jsonAnswer(200, {
          success: true,
          request_timeout: requestTimeoutMs / 1000,
          api_server_version: serverVersion,
        }),
      );
    },
  });
}

function factsOf(
  { worker_parameters: worker, model_parameters: model }: LoginBody,
  requestTimeoutMs: number,
): WorkerFacts {
  return {
    name: worker.auth,
    maxBatch: worker.max_batch_size ?? 1,
    gpuName: worker.gpu_name ?? null,
    numGpus: worker.num_gpus ?? null,
    framework: worker.framework ?? null,
    frameworkVersion: worker.framework_version ?? null,
    pytorchVersion: worker.pytorch_version ?? null,
    interfaceVersion: worker.interface_version ?? null,
    silenceMs: 2 * requestTimeoutMs,
    model: {
      label: model?.label ?? null,
      quantization: model?.quantization ?? null,
      size: model?.size ?? null,
      family: model?.family ?? null,
      type: model?.type ?? null,
      repoName: model?.repo_name ?? null,
    },
  };
}
