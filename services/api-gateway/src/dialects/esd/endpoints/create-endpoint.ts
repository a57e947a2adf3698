import { randomBytes } from 'node:crypto';
import { createEndpoint, type EndpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actingUser, actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { taskTypes } from '../inferences/task-types.js';
import { accountName } from '../names.js';
import { holdsAny, requireAny } from '../permission-checks.js';
import { rulesOf, type VersionRules } from '../version-rules.js';
import { endpointView, toEndpoint, type EsdEndpointData } from './endpoint-view.js';

/** A number, or a text that is one: the public document shows texts, clients send both. */
const count = (least: number) =>
  z.union([z.number().int().min(least).max(1_000_000), z.string().regex(/^[0-9]{1,6}$/u)]);

const coolDowns = { '15 minutes': 900_000, '1 hour': 3_600_000, '6 hours': 21_600_000, '1 day': 86_400_000 } as const;
const coolDownTimes = Object.keys(coolDowns) as (keyof typeof coolDowns)[];

function createEndpointBody({ isTraced }: VersionRules) {
  return z.object({
    endpoint_name: z
      .string()
      .max(20)
      .regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/u)
      .optional(),
    endpoint_type: z.enum(['Async', 'Real-time', 'Serverless']),
    instance_type: z.string().min(1).max(100),
    initial_instance_count: count(1),
    autoscaling_enabled: z.boolean(),
    assign_to_roles: z.array(z.string().min(1).max(100)).min(1).max(10),
    creator: isTraced ? accountName.optional() : accountName,
    custom_docker_image_uri: z.string().max(500).optional(),
    custom_extensions: z.string().max(2_000).optional(),
    min_instance_number: count(0).optional(),
    max_instance_number: count(1).optional(),
    cool_down_time: z.enum(coolDownTimes).optional(),
    service_type: z.enum(['sd', 'comfy']).optional(),
  });
}
type Body = z.output<ReturnType<typeof createEndpointBody>>;

const permissions = ['sagemaker_endpoint:all', 'sagemaker_endpoint:create'];

/** Dossier 7: answers as soon as the endpoint is recorded; its workers start meanwhile. */
export function createEndpointRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'POST',
    path: '/endpoints',
    operationId: 'CreateEndpoint',
    summary: 'Makes a pool of workers for users of some roles. Needs sagemaker_endpoint:create.',
    permission: 'any key',
    body: createEndpointBody(rules),
    answers: { 202: functionBody(202, endpointView) },
    errors: ['FORBIDDEN', 'CONFLICT'],
    handler: async (request) => {
      const { body } = request;
      const tenantId = await requireCreator(parts, request.caller, body);
      const wanted = toWish(body, rules);
      const created = callService(parts.jobQueue, createEndpoint, { ...wanted, tenantId }, request);
      const { endpoint } = await created.catch((error: unknown) => {
        throw inWords(error, wanted.name);
      });
      const data = toCreated(endpoint, body, rules);
      return functionAnswer(202, data, `Endpoint deployment started: ${endpoint.name}`);
    },
  });
}

/** @returns the tenant @throws MeshError FORBIDDEN; BAD_REQUEST for a creator who is not there */
async function requireCreator(parts: EsdParts, caller: EsdCaller, { creator }: Body): Promise<string> {
  const actor = actorOf(caller);
  if (!rulesOf(parts).hasAuthorizer) {
    requireAny(actor, permissions);
    return actor.tenantId;
  }
  const { name, principal } = await actingUser(parts.users, caller.principal, creator);
  if (!holdsAny(principal, permissions))
    throw new MeshError('FORBIDDEN', `Creator ${name} has no permission to create Sagemaker`);
  return principal.tenantId;
}

type Wish = Omit<z.input<(typeof createEndpoint)['request']>, 'tenantId'>;

/** @throws MeshError BAD_REQUEST for what ESD's functions refuse */
function toWish(body: Body, rules: VersionRules): Wish {
  const workers = Number(body.initial_instance_count);
  const { endpoint_type: kind, custom_extensions: customExtensions, service_type: serviceType = 'sd' } = body;
  if (workers < 1) throw new MeshError('BAD_REQUEST', `initial_instance_count should be at least 1: ${workers}`);
  if (kind === 'Serverless') {
    const text = rules.hasAuthorizer
      ? 'Serverless endpoint is not supported yet'
      : `${kind} endpoint is not supported yet`;
    throw new MeshError('BAD_REQUEST', text, { field: 'endpoint_type' });
  }
  const data: EsdEndpointData = { serviceType, ...(customExtensions === undefined ? {} : { customExtensions }) };
  return {
    name: nameOf(body, rules),
    kind,
    ownerRoles: body.assign_to_roles,
    onePerRole: true,
    jobTypes: [...taskTypes],
    instanceType: body.instance_type,
    workers,
    autoscaling: body.autoscaling_enabled ? autoscalingOf(body, workers, rules) : null,
    image: body.custom_docker_image_uri ?? null,
    dialectData: { ...data },
  };
}

function nameOf({ endpoint_name, endpoint_type, service_type = 'sd' }: Body, { isTraced }: VersionRules): string {
  const ending = endpoint_name ?? randomBytes(4).toString('hex').slice(0, 7);
  return `${isTraced ? service_type : 'esd'}-${endpoint_type.toLowerCase()}-${ending}`;
}

function autoscalingOf(body: Body, workers: number, { hasAuthorizer }: VersionRules): Wish['autoscaling'] {
  const isRealTime = body.endpoint_type === 'Real-time';
  if (hasAuthorizer) {
    if (isRealTime)
      throw new MeshError('BAD_REQUEST', 'Autoscaling is not supported for real-time endpoint', {
        field: 'autoscaling_enabled',
      });
    return { minWorkers: 0, maxWorkers: workers, coolDownMs: null };
  }
  const minWorkers = Number(body.min_instance_number ?? (isRealTime ? 1 : 0));
  if (isRealTime && minWorkers < 1) {
    const text = `min_instance_number should be at least 1 for real-time endpoint: ${minWorkers}`;
    throw new MeshError('BAD_REQUEST', text, { field: 'min_instance_number' });
  }
  const { cool_down_time: coolDown } = body;
  return {
    minWorkers,
    maxWorkers: Number(body.max_instance_number ?? 1),
    coolDownMs: coolDown === undefined ? null : coolDowns[coolDown],
  };
}

/** 1.4 repeats the count in the type that it was sent in. */
function toCreated(endpoint: EndpointView, body: Body, rules: VersionRules): z.input<typeof endpointView> {
  const shown = { ...toEndpoint(endpoint, rules), current_instance_count: '0', endTime: null };
  return rules.hasPages ? shown : { ...shown, max_instance_number: body.initial_instance_count };
}

/** The phrases of SageMaker that ESD's clients look for. */
function inWords(error: unknown, name: string): unknown {
  if (!(error instanceof MeshError)) return error;
  const { code, field, details, message, retryAfterSeconds } = error;
  const say = (text: string): MeshError =>
    new MeshError('BAD_REQUEST', text, {
      cause: error,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  if (code === 'QUOTA_EXCEEDED') return say(`ResourceLimitExceeded: ${message}`);
  if (code !== 'CONFLICT') return error;
  return field === 'ownerRoles'
    ? say(`role [${details.join(', ')}] has a valid endpoint already, not allow to have another one`)
    : say(`Cannot create already existing model "${name}"`);
}
