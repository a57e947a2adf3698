import { MeshError } from '@infermesh/errors';
import { emptyAnswer, emptyDocs, type Route } from '@infermesh/http';
import { z } from 'zod';
import { actorOf } from '../acting-user.js';
import { requireTraining } from '../datasets/train-permission.js';
import { functionAnswer, functionBody, messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf, type VersionRules } from '../version-rules.js';

/** Nothing trains here yet: there are no jobs to list, to find or to start (dossier 11). */
export function trainingRoutes(parts: EsdParts): Route<EsdCaller>[] {
  const rules = rulesOf(parts);
  return [
    listRoute(rules),
    createRoute(rules),
    deleteRoute(rules),
    getRoute(),
    ...(rules.hasAuthorizer ? [changeRoute('start', 'StartTraining'), changeRoute('stop', 'StopTraining')] : []),
  ];
}

const nothing = z.array(z.never());
const jobs = z.object({ trainJobs: nothing }).meta({ id: 'TrainJobs' });
const trainings = z.object({ trainings: nothing, last_evaluated_key: z.null() }).meta({ id: 'Trainings' });

function listRoute(rules: VersionRules): Route<EsdCaller> {
  return route.keyed({
    method: 'GET',
    path: '/trainings',
    operationId: 'ListTrainings',
    summary: 'Always empty. Needs train:list.',
    permission: 'any key',
    answers: { 200: functionBody(200, z.union([jobs, trainings])) },
    errors: ['FORBIDDEN'],
    handler: ({ caller }) => {
      requireTraining(actorOf(caller), 'list', rules);
      const data = rules.hasAuthorizer ? { trainJobs: [] } : { trainings: [], last_evaluated_key: null };
      return Promise.resolve(functionAnswer(200, data));
    },
  });
}

function createRoute(rules: VersionRules): Route<EsdCaller> {
  return route.keyed({
    method: 'POST',
    path: '/trainings',
    operationId: 'CreateTraining',
    summary: 'Always refused. Needs train:create.',
    permission: 'any key',
    body: z.looseObject({}),
    answers: {},
    errors: ['FORBIDDEN'],
    handler: ({ caller }) => {
      requireTraining(actorOf(caller), 'create', rules);
      throw new MeshError('BAD_REQUEST', 'this mesh has nothing that trains models');
    },
  });
}

function deleteRoute({ isTraced }: VersionRules): Route<EsdCaller> {
  return route.keyed({
    method: 'DELETE',
    path: '/trainings',
    operationId: 'DeleteTrainings',
    permission: 'train:create',
    body: z.object({ training_id_list: z.array(z.string().min(1).max(200)).min(1).max(100) }),
    answers: { 204: emptyDocs(messageBody(204)) },
    handler: ({ body: { training_id_list: ids } }) => {
      if (isTraced) throw new MeshError('BAD_REQUEST', `training with id ${ids[0] ?? ''} is not found`);
      return Promise.resolve(emptyAnswer(204));
    },
  });
}

function getRoute(): Route<EsdCaller> {
  return route.keyed({
    method: 'GET',
    path: '/trainings/:id',
    operationId: 'GetTraining',
    permission: 'train:list',
    answers: {},
    errors: ['NOT_FOUND'],
    handler: ({ params: { id } }) =>
      Promise.reject(new MeshError('NOT_FOUND', `Job with id ${id.slice(0, 100)} not found`)),
  });
}

/** Until 1.4. */
function changeRoute(verb: 'start' | 'stop', operationId: string): Route<EsdCaller> {
  return route.keyed({
    method: 'PUT',
    path: `/trainings/:id/${verb}`,
    operationId,
    permission: 'train:create',
    answers: {},
    errors: ['NOT_FOUND'],
    handler: ({ params: { id } }) =>
      Promise.reject(new MeshError('NOT_FOUND', `no such train job with id(${id.slice(0, 100)})`)),
  });
}
