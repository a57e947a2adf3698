import { stat } from 'node:fs/promises';
import type { LoadedEndpoint } from '../definition/job-endpoint.js';
import { defaultServer } from '../definition/read-server.js';
import type { EndpointContext, EndpointReading } from '../definition/read-endpoint.js';
import { missingProblem } from './check-endpoint-files.js';
import { findEndpointFiles } from './find-endpoint-files.js';
import { FolderWatch } from './folder-watch.js';
import { loadEndpointFile } from './load-endpoint-file.js';
import { mergeEndpoints, type MergedEndpoints, type ReadFile } from './merge-endpoints.js';

/** The endpoints that are served, and every problem that stands in the way of others. Never changed, only replaced. */
export interface EndpointSet extends MergedEndpoints {
  /** Counts from 1, one more with every change. */
  readonly revision: number;
}

export interface EndpointFolderOptions extends EndpointContext {
  /** Called with every new set, after the first one. What it throws goes to `onError`. */
  readonly onChange: (set: EndpointSet) => void;
  /** The files cannot be looked at, now or ever again; what is served stays. */
  readonly onError: (error: unknown) => void;
  /** How long files have to be quiet before they are read. Default 100. */
  readonly settleMs?: number;
  /** How often files are looked at where the system tells of no change, as on network disks. Default 5,000. */
  readonly pollMs?: number;
}

interface KnownFile {
  readonly signature: string;
  readonly readAtMs: number;
  readonly reading: EndpointReading;
}

/**
 * The files of endpoints in a folder, read again when they change. A valid change goes live at once; a file that gets broken
 * keeps the version it had, and says what is wrong; a file that goes away takes its endpoint with it.
 */
export class EndpointFolder implements AsyncDisposable {
  readonly #paths: readonly string[];
  readonly #options: EndpointFolderOptions;
  readonly #known = new Map<string, KnownFile>();
  readonly #watch: FolderWatch;
  #live: ReadonlyMap<string, LoadedEndpoint> = new Map();
  #current: EndpointSet = { endpoints: new Map(), problems: [], revision: 1 };
  #reading: Promise<void> = Promise.resolve();

  private constructor(paths: readonly string[], options: EndpointFolderOptions) {
    this.#paths = paths;
    this.#options = options;
    const { settleMs = 100, pollMs = 5000 } = options;
    this.#watch = new FolderWatch({ settleMs, pollMs, onQuiet: () => void this.#readAgain() });
  }

  /**
   * Reads what is there and begins to watch. Broken files and a folder that is missing are problems of the first set.
   *
   * @param paths folders, and files, as `ServerConfig.endpointPaths` has them
   */
  static async open(paths: readonly string[], options: EndpointFolderOptions): Promise<EndpointFolder> {
    const folder = new EndpointFolder(paths, options);
    try {
      folder.#current = { ...(await folder.#read()), revision: 1 };
    } catch (error) {
      folder.#watch.close();
      throw error;
    }
    return folder;
  }

  get current(): EndpointSet {
    return this.#current;
  }

  /** Looks at the files now, without waiting for anybody to tell of a change. */
  async refresh(): Promise<EndpointSet> {
    await this.#readAgain();
    return this.#current;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch.close();
    await this.#reading;
  }

  /** One reading after the other. */
  #readAgain(): Promise<void> {
    this.#reading = this.#reading.then(async () => {
      if (this.#watch.isClosed) return;
      try {
        this.#publish(await this.#read());
      } catch (error) {
        this.#options.onError(error);
      }
    });
    return this.#reading;
  }

  #publish(merged: MergedEndpoints): void {
    if (isSame(merged, this.#current)) return;
    this.#current = { ...merged, revision: this.#current.revision + 1 };
    this.#options.onChange(this.#current);
  }

  async #read(): Promise<MergedEndpoints> {
    const found = await findEndpointFiles(this.#paths);
    this.#watch.follow(found.folders);
    for (const file of this.#known.keys()) if (!found.files.includes(file)) this.#known.delete(file);
    const files: ReadFile[] = [];
    for (const file of found.files) {
      const reading = await this.#readFile(file);
      if (reading !== null) files.push({ file, reading, live: this.#live.get(file) ?? null });
    }
    const merged = mergeEndpoints(files, (this.#options.server ?? defaultServer).staticRoutes);
    this.#live = new Map([...merged.endpoints.values()].map((endpoint) => [endpoint.file, endpoint]));
    return { endpoints: merged.endpoints, problems: [...found.missing.map(missingProblem), ...merged.problems] };
  }

  /** Null: it went away since it was found. */
  async #readFile(file: string): Promise<EndpointReading | null> {
    const known = this.#known.get(file);
    const readAtMs = Date.now();
    const before = await signatureOf(file);
    if (before === null) return null;
    if (known?.signature === before.text && before.changedAtMs < known.readAtMs - clockStepMs) {
      return known.reading;
    }
    const reading = await loadEndpointFile(file, this.#options);
    // Caught while it was being written: the next look will find it whole.
    if ((await signatureOf(file))?.text !== before.text) this.#watch.touch();
    const isUnchanged = known !== undefined && JSON.stringify(known.reading) === JSON.stringify(reading);
    const kept = isUnchanged && hasSameKeys(known.reading, reading) ? known.reading : reading;
    this.#known.set(file, { signature: before.text, readAtMs, reading: kept });
    return kept;
  }
}

/** File systems tell times in steps; a change within one step of a reading may show in no signature. */
const clockStepMs = 2000;

async function signatureOf(file: string): Promise<{ readonly text: string; readonly changedAtMs: number } | null> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await stat(file, { bigint: true });
    return { text: [dev, ino, size, mtimeNs, ctimeNs].join(':'), changedAtMs: Number(ctimeMs) };
  } catch {
    return null;
  }
}

/** Keys stand in maps, which JSON does not show. */
function hasSameKeys(a: EndpointReading, b: EndpointReading): boolean {
  const keysOf = ({ endpoint }: EndpointReading): string =>
    JSON.stringify([...(endpoint?.secrets.authorizationKeys ?? [])]);
  return keysOf(a) === keysOf(b);
}

function isSame(a: MergedEndpoints, b: MergedEndpoints): boolean {
  const endpoints = [...a.endpoints.values()];
  return (
    a.endpoints.size === b.endpoints.size &&
    endpoints.every((endpoint) => b.endpoints.get(endpoint.definition.name) === endpoint) &&
    JSON.stringify(a.problems) === JSON.stringify(b.problems)
  );
}
