import type { Readable } from 'node:stream';
import type { ErrorCode } from '@infermesh/errors';
import type { z } from 'zod';
import type { AnswerDocs, AnswerOf } from './answer-docs.js';
import type { HttpAnswer } from './answer.js';
import type { Caller, DialectRequest } from './dialect-request.js';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** `<resource>:<action>`, or `any key` where a good key is all that is asked for. */
export type Permission = 'any key' | `${string}:${string}`;

/** One operation, stated once: routing, the check of every request and the OpenAPI document all read it here. */
interface RouteBase {
  readonly method: HttpMethod;
  /** Below the mount's prefix: `/a/:name/b`, or `/a/*rest` as the last segment (one character or more). */
  readonly path: string;
  /** Unique within the dialect. */
  readonly operationId: string;
  /** Whom to name in a clash, for example the file that declared the route. Default: the dialect's name. */
  readonly owner?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  /** Of the decoded path parameters. Default: any text. */
  readonly params?: z.ZodObject;
  /** A name given several times is an array. Names that the schema does not know are ignored, unless it is strict. */
  readonly query?: z.ZodObject;
  /** By lower-case name; those not named here are not looked at. */
  readonly headers?: z.ZodObject;
  /** Of what the dialect's `parseBody` made of the body, or `stream` for the bytes as they arrive. Default: none is read. */
  readonly body?: z.ZodType | 'stream';
  /** Default `application/json`. For the document: bodies are parsed whatever they call themselves. */
  readonly bodyMediaType?: string;
  /** Instead of the dialect's `limits.bodyBytes`. */
  readonly bodyBytes?: number;
  /** Instead of the dialect's `limits.requestTimeoutMs`. */
  readonly requestTimeoutMs?: number;
  /** What is answered when all goes well, by status. */
  readonly answers: AnswerDocs;
  /** What the handler may throw, beside what the server throws by itself (`server-errors.ts`). */
  readonly errors?: readonly ErrorCode[];
}

export interface PublicRoute extends RouteBase {
  readonly access: 'public';
  handler(request: DialectRequest<undefined>): Promise<HttpAnswer>;
}

/** `key`: checked before the body is read. `key-in-body`: the credential is part of the body, checked once that is parsed. */
export interface KeyRoute<Identity extends Caller> extends RouteBase {
  readonly access: 'key' | 'key-in-body';
  /** Checked by the dialect's `authorise` after the schemas and before the handler. */
  readonly permission: Permission;
  handler(request: DialectRequest<Identity>): Promise<HttpAnswer>;
}

export type Route<Identity extends Caller = Caller> = PublicRoute | KeyRoute<Identity>;

type ParamName<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? ParamName<Head> | ParamName<Tail>
  : Path extends `:${infer Name}` | `*${infer Name}`
    ? Name
    : never;

type Absent<Schema, Otherwise> = Schema extends z.ZodType ? z.output<Schema> : Otherwise;

interface TypedRequest<Identity, Path extends string, Params, Query, Headers, Body> extends Omit<
  DialectRequest<Identity>,
  'params' | 'query' | 'headers' | 'body'
> {
  readonly params: Absent<Params, Readonly<Record<ParamName<Path>, string>>>;
  readonly query: Absent<Query, Readonly<Record<string, never>>>;
  readonly headers: DialectRequest<Identity>['headers'] & Absent<Headers, unknown>;
  readonly body: Absent<Body, Body extends 'stream' ? Readable : undefined>;
}

type Schemas = 'path' | 'params' | 'query' | 'headers' | 'body' | 'answers';

/** A route as it is written: the handler's request and answer have the types of the schemas. */
type TypedRoute<
  Base extends Route,
  Identity,
  Path extends string,
  Params extends z.ZodObject | undefined,
  Query extends z.ZodObject | undefined,
  Headers extends z.ZodObject | undefined,
  Body extends z.ZodType | 'stream' | undefined,
  Answers extends AnswerDocs,
> = Omit<Base, 'access' | 'handler' | Schemas> & {
  readonly path: Path;
  readonly params?: Params;
  readonly query?: Query;
  readonly headers?: Headers;
  readonly body?: Body;
  readonly answers: Answers;
  handler(request: TypedRequest<Identity, Path, Params, Query, Headers, Body>): Promise<AnswerOf<Answers>>;
};

/** The ways to state a route. What is not stated by one of them cannot be mounted. */
export interface RouteMaker<Identity extends Caller> {
  /** For everybody, without a key. */
  open<
    const Path extends string,
    const Answers extends AnswerDocs,
    Params extends z.ZodObject | undefined = undefined,
    Query extends z.ZodObject | undefined = undefined,
    Headers extends z.ZodObject | undefined = undefined,
    Body extends z.ZodType | 'stream' | undefined = undefined,
  >(
    route: TypedRoute<PublicRoute, undefined, Path, Params, Query, Headers, Body, Answers>,
  ): Route<Identity>;
  /** For callers who hold the permission. */
  keyed<
    const Path extends string,
    const Answers extends AnswerDocs,
    Params extends z.ZodObject | undefined = undefined,
    Query extends z.ZodObject | undefined = undefined,
    Headers extends z.ZodObject | undefined = undefined,
    Body extends z.ZodType | 'stream' | undefined = undefined,
  >(
    route: TypedRoute<KeyRoute<Identity>, Identity, Path, Params, Query, Headers, Body, Answers> & {
      /** Default `key`. */
      readonly access?: 'key' | 'key-in-body';
    },
  ): Route<Identity>;
}

/** The route maker of a dialect whose callers are `Identity`. */
export function routesFor<Identity extends Caller>(): RouteMaker<Identity> {
  return {
    open: (route) => ({ ...(route as unknown as PublicRoute), access: 'public' }),
    keyed: (route) => ({ access: 'key', ...(route as unknown as Omit<KeyRoute<Identity>, 'access'>) }),
  };
}
