import type { Principal } from '@infermesh/contracts';
import { toMeshError, type MeshError } from '@infermesh/errors';
import type { RequestHead } from '@infermesh/http';
import { asUser, isUnknownUser } from './acting-user.js';
import { EsdFault } from './esd-fault.js';
import type { EsdCaller, EsdParts } from './esd-parts.js';
import { rulesOf, type VersionRules } from './version-rules.js';

/** Marked A in dossier 4: 1.4 wants `Authorization` there before it looks at the key. */
const authorizerOperations: readonly string[] = [
  'ListRoles',
  'ListUsers',
  'CreateUser',
  'DeleteUsers',
  'ListCheckpoints',
  'ListEndpoints',
  'CreateEndpoint',
  'DeleteEndpoints',
  'ListInferences',
  'ListDatasets',
  'GetDataset',
  'ListModels',
  'ListTrainings',
];

/** Dossier 3.1: 1.5 and later want to know who asks. */
const userOperations: readonly string[] = [
  'ListRoles',
  'CreateRole',
  'ListUsers',
  'CreateUser',
  'DeleteUsers',
  'ListCheckpoints',
  'CreateCheckpoint',
  'ListEndpoints',
  'CreateEndpoint',
  'CreateInferenceJob',
  'StartInferences',
  'ListDatasets',
  'CreateDataset',
  'GetDataset',
  'ListTrainings',
  'CreateTraining',
];

/** Whether an operation may be answered 401. */
export function mayBeUnauthorized(operationId: string, { hasAuthorizer }: VersionRules): boolean {
  return !hasAuthorizer || authorizerOperations.includes(operationId);
}

/**
 * Whose key it is, and for whom it acts. The key alone opens; the headers of ESD's users only say on whose behalf. What is wrong
 * with them is told after the body was checked, but for a missing or unreadable `Authorization` in 1.4 (dossier 1.1).
 *
 * @throws MeshError UNAUTHENTICATED
 */
export async function authenticate(parts: EsdParts, request: RequestHead): Promise<EsdCaller> {
  const { hasAuthorizer } = rulesOf(parts);
  const named = hasAuthorizer ? authorizedName(request) : headerName(request);
  const key = request.headers['x-api-key'];
  const principal = await parts.keys.verify(typeof key === 'string' ? key : undefined);
  const isMissing = !hasAuthorizer && named === undefined && userOperations.includes(request.operationId);
  const user = isMissing ? EsdFault.unauthorizedByFunction() : await userOf(parts, principal, named);
  return { keyId: principal.keyId, principal, user };
}

/** 1.4: looked at on the authorizer's routes alone. */
function authorizedName({ operationId, headers }: RequestHead): string | undefined {
  if (!authorizerOperations.includes(operationId)) return undefined;
  const name = headers.authorization === undefined ? undefined : decodeName(headers.authorization);
  if (name === undefined) throw EsdFault.unauthorizedByGateway();
  return name;
}

/** 1.5 and later: `username`, or the form of 1.4. */
function headerName({ headers }: RequestHead): string | undefined {
  const { username, authorization } = headers;
  if (typeof username === 'string' && username !== '') return username;
  return authorization === undefined ? undefined : (decodeName(authorization) ?? '');
}

const mostNameBytes = 400;

/** `Bearer 61646D696E`: the name in upper-case base16; the word Bearer may be left out. */
function decodeName(authorization: string): string | undefined {
  const digits = authorization.replace(/^Bearer /u, '');
  if (!/^(?:[0-9A-F]{2})+$/u.test(digits) || digits.length > 2 * mostNameBytes) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(digits, 'hex'));
  } catch {
    return undefined;
  }
}

async function userOf(
  parts: EsdParts,
  principal: Principal,
  named: string | undefined,
): Promise<Principal | MeshError> {
  if (named === undefined) return principal;
  if (!isUserName(named)) return unknownUser(parts);
  return asUser(parts.users, principal, named).catch((error: unknown) => refusalOf(parts, error));
}

/** @throws what is the mesh's fault and not the header's */
function refusalOf(parts: EsdParts, error: unknown): MeshError {
  if (isUnknownUser(error)) return unknownUser(parts);
  const refusal = toMeshError(error);
  if (refusal.code !== 'FORBIDDEN') throw refusal;
  return refusal;
}

function unknownUser(parts: EsdParts): EsdFault {
  return rulesOf(parts).hasAuthorizer ? EsdFault.unauthorizedByGateway() : EsdFault.unauthorizedByFunction();
}

const mostNameLength = 100;

/** What a user may be called; anything else is nobody's name, and no service need be asked. */
function isUserName(name: string): boolean {
  return name.length > 0 && name.length <= mostNameLength && !name.includes('\0');
}
