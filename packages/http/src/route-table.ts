import type { ListenAddress } from '@infermesh/config';
import { MeshError } from '@infermesh/errors';
import type { Dialect } from './dialect.js';
import {
  compareSpecificity,
  parsePathTemplate,
  templateShape,
  templatesOverlap,
  type Segment,
} from './path-template.js';
import type { Route } from './route.js';

/** A dialect at one address and prefix. One dialect may be mounted several times. */
export interface Mount {
  readonly dialect: Dialect;
  readonly address: ListenAddress;
}

export interface RouteEntry {
  readonly mount: Mount;
  readonly route: Route;
  /** Prefix and path. */
  readonly template: string;
  readonly segments: readonly Segment[];
  readonly owner: string;
}

/** Answered by the server itself on every address, whatever is mounted there. */
export const reservedPaths = ['/healthz', '/readyz', '/metrics'] as const;

/**
 * Every route of one address, the more specific first.
 *
 * @throws MeshError CONFIG_INVALID naming both owners when two of them could answer the same request, when one route is
 * declared twice, or when a route says not who may call it
 */
export function buildRouteTable(mounts: readonly Mount[]): readonly RouteEntry[] {
  const entries = mounts.flatMap(routeEntries);
  entries.forEach(refuseReserved);
  entries.forEach(refuseUnguarded);
  mounts.forEach(refuseTwins);
  entries.forEach((entry, index) => {
    for (const earlier of entries.slice(0, index)) refuseClash(earlier, entry);
  });
  return entries.toSorted((a, b) => compareSpecificity(a.segments, b.segments));
}

/** The routes of one mount, in the order declared. */
export function routeEntries(mount: Mount): readonly RouteEntry[] {
  return mount.dialect.routes.map((route) => {
    const owner = route.owner ?? mount.dialect.name;
    const template = `${mount.address.prefix}${route.path}`.replace(/(?<=.)\/$/u, '');
    return { mount, route, template, owner, segments: parsePathTemplate(template, owner) };
  });
}

function refuseTwins({ dialect }: Mount): void {
  const seen = new Set<string>();
  for (const { operationId } of dialect.routes) {
    if (seen.has(operationId))
      throw new MeshError('CONFIG_INVALID', `${dialect.name} has two operations ${operationId}`);
    seen.add(operationId);
  }
}

function refuseReserved({ template, segments, owner }: RouteEntry): void {
  const reserved = reservedPaths.find((path) => templateShape(segments) === path);
  if (reserved === undefined) return;
  throw new MeshError('CONFIG_INVALID', `${owner} declares ${template}, which the server keeps for itself`);
}

/** A route written around the types says for itself who may call it, or nobody can. */
function refuseUnguarded({ template, route, owner }: RouteEntry): void {
  const isGuarded = route.access === 'public' || /^(any key|[\w-]+:[\w-]+)$/u.test(route.permission);
  if (isGuarded && ['public', 'key', 'key-in-body'].includes(route.access)) return;
  throw new MeshError(
    'CONFIG_INVALID',
    `${owner}: ${template} says neither that it is public nor what permission it needs`,
  );
}

/** Within one owner a literal may stand beside a parameter (`/jobs/batch` and `/jobs/:id`); between two it may not. */
function refuseClash(a: RouteEntry, b: RouteEntry): void {
  if (a.route.method !== b.route.method) return;
  const clash =
    a.owner === b.owner && a.mount.dialect === b.mount.dialect
      ? templateShape(a.segments) === templateShape(b.segments)
      : templatesOverlap(a.segments, b.segments);
  if (!clash) return;
  const side = ({ owner, mount, template }: RouteEntry): string =>
    `${owner}${owner === mount.dialect.name ? '' : ` (${mount.dialect.name})`} with ${a.route.method} ${template}`;
  throw new MeshError('CONFIG_INVALID', `two owners of one path: ${side(a)}, and ${side(b)}`);
}

/** The mount that speaks for a path without a route: the one of the longest matching prefix, the first of equals. */
export function findSpeaker(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: { mount: Mount; length: number } | undefined;
  for (const mount of mounts) {
    for (const below of mount.dialect.speaksFor ?? ['']) {
      const prefix = `${mount.address.prefix}${below}`;
      const fits = prefix === '' || path === prefix || path.startsWith(`${prefix}/`);
      if (fits && (best === undefined || prefix.length > best.length)) best = { mount, length: prefix.length };
    }
  }
  return best?.mount;
}
