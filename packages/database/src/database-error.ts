import { MeshError } from '@infermesh/errors';
import pg from 'pg';

/** Errors of the socket and of the pool: node-postgres gives them no code of Postgres. */
const lostCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'EACCES',
]);
const lostMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|The server does not support SSL)/u;

/** Classes and states of Postgres that say "not now": connection (08), resources (53), shutdown (57P), and a transaction that lost a race. */
const laterStates = /^(08...|53...|57P0.|57014|40001|40P01|55P03)$/u;

/** A prepared statement that no longer fits the tables (0A000, see below), or that the connection never had (26000, behind a pooler). */
function isStalePlan({ code, message }: pg.DatabaseError): boolean {
  return code === '26000' || (code === '0A000' && message.startsWith('cached plan must not change'));
}

/** A text that Postgres cannot hold: a NUL character, in a text or in JSON. */
const unholdableText = /^(22021|22P05)$/u;

/** The error itself, then its causes. */
function* chain(error: unknown): Generator {
  for (let current = error, depth = 0; current !== undefined && current !== null && depth < 8; depth += 1) {
    yield current;
    current = property(current, 'cause');
  }
}

/** Not `instanceof Error`: errors of Node's own modules come from another realm where code runs in a vm context. */
function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function findPostgresError(error: unknown): pg.DatabaseError | undefined {
  for (const link of chain(error)) if (link instanceof pg.DatabaseError) return link;
  return undefined;
}

function isLostConnection(error: unknown): boolean {
  const errors = property(error, 'errors');
  if (Array.isArray(errors)) return errors.some(isLostConnection);
  return lostCodes.has(String(property(error, 'code'))) || lostMessages.test(String(property(error, 'message')));
}

/** True when the connection that raised the error must not be used again. */
export function breaksConnection(error: unknown): boolean {
  const refused = findPostgresError(error);
  return refused === undefined || /^(08|57P)/u.test(refused.code ?? '') || isStalePlan(refused);
}

/**
 * What callers see: DATABASE_UNAVAILABLE for everything that may pass by itself (connection refused or lost, timeouts,
 * restarts, deadlocks), BAD_REQUEST for text that no column can hold, and Postgres' own error, freed of wrappers that repeat parameters, for the rest.
 */
export function toDatabaseError(error: unknown): unknown {
  const refused = findPostgresError(error);
  if (refused !== undefined) {
    if (unholdableText.test(refused.code ?? '')) {
      return new MeshError('BAD_REQUEST', 'a text has a character that cannot be stored', { cause: refused });
    }
    if (!laterStates.test(refused.code ?? '') && !isStalePlan(refused)) return refused;
    return new MeshError('DATABASE_UNAVAILABLE', `the database refused for now (${refused.code ?? 'no state'})`, {
      cause: refused,
    });
  }
  for (const link of chain(error)) {
    if (link instanceof MeshError) return link;
    if (isLostConnection(link))
      return new MeshError('DATABASE_UNAVAILABLE', 'the database does not answer', { cause: link });
  }
  return error;
}

/** True when a row with that unique key exists already. `constraint` narrows to one index, for example `tenant_name_key`. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const refused = findPostgresError(error);
  return refused?.code === '23505' && (constraint === undefined || refused.constraint === constraint);
}

/**
 * True when Postgres refused what it was sent, for good: the values of one row may be to blame (out of range, a constraint, too
 * long for an index). What passes by itself is none: another try of the whole then succeeds.
 */
export function isRowError(error: unknown): boolean {
  const refused = findPostgresError(error);
  return refused?.code !== undefined && !laterStates.test(refused.code) && !isStalePlan(refused);
}
