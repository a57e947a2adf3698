import { fileURLToPath } from 'node:url';
import { Config, startMesh } from '@infermesh/all-in-one';
import { ResourceStack } from '@infermesh/lifecycle';
import { addressOf, meshEnvironment } from '../../harness/embedded-mesh.js';
import { temporaryFolder } from '../../harness/temporary-folder.js';
import { AimeClient } from './aime-client.js';
import { AimeWorker, ServingWorker, type ServingOptions, type Work } from './aime-worker.js';
import { PythonProgram } from './python-program.js';

const endpoints = fileURLToPath(new URL('endpoints', import.meta.url));

/** Whoever has a key in the files of `endpoints`. */
export type User = 'ada' | 'bob' | 'eve';

export const keyOf = (user: User): string => `client-secret-of-${user}`;
export const workerKeyOf = (jobType: string): string => `worker-secret-of-${jobType}`;

/** A whole mesh with the endpoints of this folder, as clients and workers outside see it. */
export class AimeBench implements AsyncDisposable {
  readonly url: string;
  readonly #opened: ResourceStack;
  readonly #clients: AimeClient[] = [];
  readonly #workers: AimeWorker[] = [];
  #count = 0;

  constructor(url: string, opened: ResourceStack) {
    this.url = url;
    this.#opened = opened;
  }

  /** Everything that clients were shown so far. */
  get shownToClients(): readonly string[] {
    return this.#clients.flatMap(({ shown }) => shown);
  }

  /** Everything that workers were shown so far. */
  get shownToWorkers(): readonly string[] {
    return this.#workers.flatMap(({ shown }) => shown);
  }

  /** @param user null has no key */
  clientOf(user: User | null): AimeClient {
    return this.clientWith(user === null ? null : keyOf(user));
  }

  clientWith(key: string | null): AimeClient {
    const client = new AimeClient(this.url, key);
    this.#clients.push(client);
    return client;
  }

  /** A worker of its own name, which sends what it is told to. */
  workerOf(jobType: string, authKey = workerKeyOf(jobType)): AimeWorker {
    this.#count += 1;
    const worker = new AimeWorker({ url: this.url, jobType, authKey, name: `host#${this.#count}_1xFake_GPU` });
    this.#workers.push(worker);
    return worker;
  }

  /** A worker that serves until it is disposed of. */
  serve(jobType: string, work: Work, options: ServingOptions = {}): ServingWorker {
    const serving = new ServingWorker(this.workerOf(jobType).identity, work, options);
    this.#workers.push(serving.worker);
    return serving;
  }

  pythonWorker(jobType: string, mode: string, authKey = workerKeyOf(jobType)): PythonProgram {
    this.#count += 1;
    return new PythonProgram('python_worker.py', [this.url, jobType, authKey, `python#${this.#count}_1xGPU`, mode]);
  }

  pythonClient(endpoint: string, mode: string, text: string, key = keyOf('ada')): PythonProgram {
    return new PythonProgram('python_client.py', [this.url, endpoint, 'ada', key, mode, text]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]();
  }
}

export async function startAimeBench(env: Record<string, string> = {}): Promise<AimeBench> {
  await using opened = new ResourceStack();
  const folder = opened.use(await temporaryFolder());
  const variables = { ...meshEnvironment(folder.path), AIME_ENDPOINTS_FOLDER: endpoints, ...env };
  const mesh = opened.use(await startMesh({ config: Config.parse(variables) }));
  return new AimeBench(addressOf(mesh, 'aime'), opened.move());
}
