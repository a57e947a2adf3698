import type { IncomingMessage, ServerResponse } from 'node:http';
import { MeshError } from '@infermesh/errors';
import express from 'express';
import type { Target } from './request-runner.js';
import { findSpeaker, type Mount, type RouteEntry } from './route-table.js';
import { splitTarget } from './server-request.js';

/** Express decorates a request only inside an app; the bare router adds just this. */
type RoutedRequest = IncomingMessage & { params?: Record<string, string | string[]> };
type Next = (error?: unknown) => void;
type BareRouter = (request: RoutedRequest, response: ServerResponse, done: Next) => void;
type Layer = (request: RoutedRequest, response: ServerResponse, next: Next) => void;

export interface RouterParts {
  /** The more specific first. */
  readonly entries: readonly RouteEntry[];
  readonly mounts: readonly Mount[];
  /** Speaks where no mount does. */
  readonly fallback: Mount;
  readonly run: (request: IncomingMessage, response: ServerResponse, target: Target) => void;
}

/** One listener's router: finds the route, or who speaks for the path. */
export function createRouter(parts: RouterParts): (request: IncomingMessage, response: ServerResponse) => void {
  // Case counts, as in every URL; the app around the router would add headers, ETags and a slower request object.
  const router = express.Router({ caseSensitive: true, strict: false });
  const nearMisses = new WeakMap<IncomingMessage, RouteEntry[]>();
  for (const [template, entries] of groupByTemplate(parts.entries)) {
    router.all(template, createLayer(entries, nearMisses, parts.run) as unknown as express.RequestHandler);
  }
  return (request, response) => {
    if (hasNul(request)) {
      parts.run(request, response, { kind: 'invalid', mount: speakerFor(parts, request), error: nulRefused() });
      return;
    }
    (router as unknown as BareRouter)(request, response, (error) => {
      parts.run(request, response, targetWithoutRoute(parts, request, nearMisses.get(request) ?? [], error));
    });
  };
}

function groupByTemplate(entries: readonly RouteEntry[]): Map<string, RouteEntry[]> {
  const groups = new Map<string, RouteEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.template) ?? [];
    group.push(entry);
    groups.set(entry.template, group);
  }
  return groups;
}

function createLayer(
  entries: readonly RouteEntry[],
  nearMisses: WeakMap<IncomingMessage, RouteEntry[]>,
  run: RouterParts['run'],
): Layer {
  const byMethod = new Map<string, RouteEntry>(entries.map((entry) => [entry.route.method, entry]));
  return (request, response, next) => {
    const method = request.method ?? 'GET';
    const entry = byMethod.get(method) ?? (method === 'HEAD' ? byMethod.get('GET') : undefined);
    if (entry === undefined) {
      nearMisses.set(request, [...(nearMisses.get(request) ?? []), ...entries]);
      next();
      return;
    }
    run(request, response, { kind: 'route', mount: entry.mount, entry, params: textParams(request.params) });
  };
}

function textParams(params: RoutedRequest['params']): Record<string, string> {
  const text: Record<string, string> = {};
  for (const [name, value] of Object.entries(params ?? {}))
    text[name] = typeof value === 'string' ? value : value.join('/');
  return text;
}

function targetWithoutRoute(
  parts: RouterParts,
  request: IncomingMessage,
  nearMisses: readonly RouteEntry[],
  error: unknown,
): Target {
  const [nearest] = nearMisses;
  const isReadable = error === undefined || error === null;
  if (nearest !== undefined && isReadable) {
    return { kind: 'wrong-method', mount: nearest.mount, allowed: allowedMethods(nearMisses) };
  }
  const mount = speakerFor(parts, request);
  if (isReadable) return { kind: 'not-found', mount };
  return {
    kind: 'invalid',
    mount,
    error: new MeshError('BAD_REQUEST', 'the path is not validly encoded', { cause: error }),
  };
}

function speakerFor({ mounts, fallback }: RouterParts, request: IncomingMessage): Mount {
  return findSpeaker(mounts, splitTarget(request.url ?? '/').path) ?? fallback;
}

/** In the path. The parser of HTTP refuses it bare; other halves of characters do not decode. */
const hasNul = ({ url }: IncomingMessage): boolean => splitTarget(url ?? '/').path.includes('%00');

const nulRefused = (): MeshError => new MeshError('BAD_REQUEST', 'the path has a NUL character (%00)');

function allowedMethods(entries: readonly RouteEntry[]): string[] {
  const methods = new Set<string>(entries.map(({ route }) => route.method));
  if (methods.has('GET')) methods.add('HEAD');
  methods.add('OPTIONS');
  return [...methods].toSorted();
}
