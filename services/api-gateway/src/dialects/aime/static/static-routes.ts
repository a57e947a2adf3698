import { MeshError } from '@infermesh/errors';
import { mediaDocs, type Route } from '@infermesh/http';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { answerStatic } from './answer-static.js';

/** Whatever no other route takes: the files of [STATIC], and what is not there. */
export function staticRoutes(parts: AimeParts): Route<AimeCaller>[] {
  const file = async (request: { readonly path: string }): Promise<never> => {
    const answer = await answerStatic(parts, request);
    if (answer === undefined) throw new MeshError('NOT_FOUND', `there is no ${request.path.slice(0, 200)} here`);
    return answer as never;
  };
  const shared = { method: 'GET', answers: { 200: mediaDocs('*/*') }, errors: ['NOT_FOUND'], handler: file } as const;
  return [
    route.open({ ...shared, path: '/', operationId: 'GetRoot' }),
    route.open({ ...shared, path: '/*path', operationId: 'GetFile' }),
  ];
}
