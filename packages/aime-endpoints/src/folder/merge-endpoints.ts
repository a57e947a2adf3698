import type { LoadedEndpoint, StaticRoute } from '../definition/job-endpoint.js';
import type { EndpointReading } from '../definition/read-endpoint.js';
import { endpointActions } from '../definition/reserved.js';
import type { ConfigProblem } from '../problems/config-problem.js';
import { keyText, type KeyPath } from '../problems/key-text.js';

export interface ReadFile {
  readonly file: string;
  readonly reading: EndpointReading;
  /** The version that serves now; null when none does. */
  readonly live: LoadedEndpoint | null;
}

/** What is served, and what is wrong. */
export interface MergedEndpoints {
  /** By name, in the order of their files. */
  readonly endpoints: ReadonlyMap<string, LoadedEndpoint>;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Decides which version of each file serves. A file with mistakes keeps its live version. Two files that claim one route
 * are a mistake of the later one: whoever serves a route keeps it, and of two newcomers the first in the order of paths
 * gets it.
 */
export function mergeEndpoints(files: readonly ReadFile[], serverRoutes: readonly StaticRoute[]): MergedEndpoints {
  const merge = new Merge(serverRoutes);
  // Those whose claims stay come first, so that nobody can take what they hold.
  const order = files.toSorted((a, b) => Number(changesClaims(a)) - Number(changesClaims(b)));
  for (const file of order) merge.add(file);
  return merge.result(files);
}

const server = 'the server’s own configuration';

class Merge {
  readonly #owners: Map<string, string>;
  readonly #chosen = new Map<string, LoadedEndpoint>();
  readonly #problems: ConfigProblem[] = [];

  constructor(serverRoutes: readonly StaticRoute[]) {
    this.#owners = new Map(serverRoutes.map(({ slug }) => [slug, server]));
  }

  add({ file, reading, live }: ReadFile): void {
    this.#problems.push(...reading.problems);
    const { endpoint } = reading;
    if (endpoint !== null && this.#reportClashes(endpoint, reading)) this.#choose(endpoint);
    else if (live !== null && !claimsOf(live).some((claim) => this.#ownerOf(claim, file) !== undefined)) {
      this.#choose(live);
    }
  }

  result(files: readonly ReadFile[]): MergedEndpoints {
    const chosen = files.map(({ file }) => this.#chosen.get(file)).filter((endpoint) => endpoint !== undefined);
    const places = new Map(files.map(({ file }, index) => [file, index]));
    const readings = new Map(files.map(({ file, reading }) => [file, reading]));
    const all = [...this.#problems, ...findSharedSettings(chosen, readings)];
    const place = ({ file }: ConfigProblem): number => places.get(file) ?? 0;
    return {
      endpoints: new Map(chosen.map((endpoint) => [endpoint.definition.name, endpoint])),
      problems: all.sort((a, b) => place(a) - place(b) || a.line - b.line || a.column - b.column),
    };
  }

  #choose(endpoint: LoadedEndpoint): void {
    this.#chosen.set(endpoint.file, endpoint);
    for (const claim of claimsOf(endpoint)) this.#owners.set(claim, endpoint.file);
  }

  /** @returns true when there are none */
  #reportClashes({ file, definition }: LoadedEndpoint, { positionOf }: EndpointReading): boolean {
    const report = (path: KeyPath, message: string): void => {
      this.#problems.push({ severity: 'mistake', file, ...positionOf(path), key: keyText(path), message });
    };
    const count = this.#problems.length;
    const nameOwner = this.#ownerOf(`/${definition.name}`, file);
    if (nameOwner !== undefined) {
      report(['ENDPOINT', 'name'], `the name ${definition.name} is taken by ${nameOwner}; this is ${file}`);
    } else {
      for (const route of actionsOf(definition.name)) {
        const owner = this.#ownerOf(route, file);
        if (owner !== undefined)
          report(['ENDPOINT', 'name'], `the route ${route} is taken by ${owner}; this is ${file}`);
      }
    }
    for (const { slug, writtenSlug } of definition.staticRoutes) {
      const owner = this.#ownerOf(slug, file);
      const isName = slug === `/${definition.name}`;
      if (owner !== undefined && !isName)
        report(['STATIC', writtenSlug], `the route ${slug} is taken by ${owner}; this is ${file}`);
    }
    return this.#problems.length === count;
  }

  #ownerOf(claim: string, file: string): string | undefined {
    const owner = this.#owners.get(claim);
    return owner === file ? undefined : owner;
  }
}

function actionsOf(name: string): readonly string[] {
  return endpointActions.map((action) => `/${name}/${action}`);
}

/** Every route that is the endpoint's alone. */
function claimsOf({ definition }: LoadedEndpoint): readonly string[] {
  const { name, staticRoutes } = definition;
  return [...new Set([`/${name}`, ...actionsOf(name), ...staticRoutes.map(({ slug }) => slug)])];
}

function changesClaims({ reading, live }: ReadFile): boolean {
  if (live === null) return true;
  return reading.endpoint !== null && claimsOf(reading.endpoint).join('\n') !== claimsOf(live).join('\n');
}

/** The first endpoint of a job type fixes what concerns the queue; others that say otherwise are told so. */
function findSharedSettings(
  endpoints: readonly LoadedEndpoint[],
  readings: ReadonlyMap<string, EndpointReading>,
): readonly ConfigProblem[] {
  const firsts = new Map<string, LoadedEndpoint>();
  const problems: ConfigProblem[] = [];
  for (const endpoint of endpoints) {
    const { jobType } = endpoint.definition.worker;
    const first = firsts.get(jobType);
    if (first === undefined) firsts.set(jobType, endpoint);
    const differing = first === undefined ? [] : differencesOf(first, endpoint);
    const position = readings.get(endpoint.file)?.positionOf(['WORKER', 'job_type']);
    if (first === undefined || differing.length === 0 || position === undefined) continue;
    const message = `the type is shared with ${first.file}, whose ${differing.join(', ')} counts`;
    problems.push({ severity: 'warning', file: endpoint.file, ...position, key: 'WORKER.job_type', message });
  }
  return problems;
}

function differencesOf(first: LoadedEndpoint, other: LoadedEndpoint): readonly string[] {
  const settings = ({ definition, secrets }: LoadedEndpoint): Record<string, unknown> => ({
    auth_key: secrets.workerAuthKey,
    request_timeout: definition.worker.requestTimeoutMs,
    max_queue_length: definition.queue.maxQueueLength,
    runtime: definition.worker.runtime?.runtime,
  });
  const mine = settings(other);
  return Object.entries(settings(first))
    .filter(([key, value]) => mine[key] !== value)
    .map(([key]) => key);
}
