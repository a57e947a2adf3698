import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ResourceStack } from '@infermesh/lifecycle';
import { startEmbeddedRedis } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import sharp from 'sharp';
import { Pool } from 'undici';
import { startPostgresServer } from '../../packages/database/tests/postgres-server.js';
import { startChild } from '../child.js';
import { clientCount, clientKey } from './aime-files.js';

const quality = 90;
const photograph = fileURLToPath(new URL('../../models/photographs/coffee.jpg', import.meta.url));

export interface AimeSubjects extends AsyncDisposable {
  /** One request each, resolved when it is answered. */
  readonly requests: Readonly<
    Record<'submit' | 'poll' | 'sync-own' | 'sync-external' | 'bare' | 'picture' | 'sharp', () => Promise<unknown>>
  >;
  /** Jobs that wait at the endpoint where nobody works, and are polled. */
  readonly waiting: () => number;
  /** Submits so many more of them. */
  fill(count: number): Promise<void>;
}

export interface SubjectsOptions {
  readonly database: 'pglite' | 'postgres';
  /** Where the mesh's main process writes a CPU profile. */
  readonly profileFolder?: string | undefined;
}

/** The mesh with an external worker, and a bare Express handler on BullMQ, each on a Redis of the same settings. */
export async function startAimeSubjects({ database, profileFolder }: SubjectsOptions): Promise<AimeSubjects> {
  await using opened = new ResourceStack();
  const folder = await mkdtemp(join(tmpdir(), 'bench-aime-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const bare = await startBare(opened, join(folder, 'redis'));
  const databaseUrl = database === 'postgres' ? opened.use(await startPostgresServer()).url : '';
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder];
  const mesh = opened.use(
    await startChild<{ url: string }>(new URL('./mesh-process.ts', import.meta.url), [folder, databaseUrl], profiling),
  );
  const { url } = mesh.facts;
  opened.use(await startChild(new URL('./external-worker-process.ts', import.meta.url), [url]));
  const pool = new Pool(url, { connections: clientCount, headersTimeout: 0 });
  opened.defer(() => pool.close());
  const client = new Client(pool);
  const jpeg = await aJpeg();
  const picture = `data:image/jpeg;base64,${jpeg.toString('base64')}`;
  sharp.concurrency(1);
  const kept = opened.move();
  return {
    requests: {
      submit: () => client.submit('still', { text: 'x' }),
      poll: () => client.pollAny('still'),
      'sync-own': () => client.ask('own', { text: 'x' }),
      'sync-external': () => client.ask('external', { text: 'x' }),
      bare,
      picture: () => client.submit('pictures', { picture }),
      sharp: () => sharp(jpeg, { autoOrient: true }).resize(512, 512, { fit: 'fill' }).jpeg({ quality }).toBuffer(),
    },
    waiting: () => client.ids.length,
    fill: async (count) => {
      const submit = async (): Promise<void> => {
        while (client.ids.length < count) await client.submit('still', { text: 'x' });
      };
      await Promise.all(Array.from({ length: clientCount }, submit));
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

async function startBare(opened: ResourceStack, folder: string): Promise<() => Promise<unknown>> {
  const logger = createLogger({ service: 'benchmark', level: 'warn' });
  const redis = opened.use(await startEmbeddedRedis({ folder, logger }));
  const { hostname, port, username, password } = new URL(redis.url);
  const args = [hostname, port, username, password];
  opened.use(await startChild(new URL('../overhead/bare-worker-process.ts', import.meta.url), args));
  const server = opened.use(
    await startChild<{ url: string }>(new URL('../overhead/bare-server-process.ts', import.meta.url), args),
  );
  const pool = new Pool(server.facts.url, { connections: clientCount });
  opened.defer(() => pool.close());
  const headers = { 'content-type': 'application/json' };
  return async () => {
    const answer = await pool.request({ method: 'POST', path: '/perform', headers, body: '{"text":"x"}' });
    return answer.body.json();
  };
}

async function aJpeg(): Promise<Buffer> {
  const source = await readFile(photograph);
  return sharp(source).resize(1024, 1024, { fit: 'fill' }).jpeg({ quality }).toBuffer();
}

/** Speaks AIME over kept-alive connections, each request with the key of the next client. */
class Client {
  readonly #pool: Pool;
  /** Of jobs that wait. */
  readonly ids: string[] = [];
  #count = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  ask(endpoint: string, inputs: object): Promise<Record<string, unknown>> {
    return this.#post(endpoint, { ...inputs, wait_for_result: true });
  }

  async submit(endpoint: string, inputs: object): Promise<void> {
    const { job_id: id } = await this.#post(endpoint, { ...inputs, wait_for_result: false });
    if (endpoint === 'still') this.ids.push(String(id));
  }

  /** One of the jobs that wait, wherever in the queue. */
  async pollAny(endpoint: string): Promise<void> {
    this.#count += 1;
    const id = this.ids[(this.#count * 7919) % this.ids.length] ?? '';
    const query = new URLSearchParams({ job_id: id, key: clientKey(this.#count) });
    const answer = await this.#pool.request({ method: 'GET', path: `/${endpoint}/progress?${query.toString()}` });
    checked(answer.statusCode, await answer.body.json());
  }

  async #post(endpoint: string, body: object): Promise<Record<string, unknown>> {
    this.#count += 1;
    const answer = await this.#pool.request({
      method: 'POST',
      path: `/${endpoint}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, key: clientKey(this.#count) }),
    });
    return checked(answer.statusCode, await answer.body.json());
  }
}

function checked(status: number, body: unknown): Record<string, unknown> {
  const answer = body as Record<string, unknown>;
  if (status !== 200 || answer['success'] !== true) throw new Error(`answered ${status}: ${JSON.stringify(answer)}`);
  return answer;
}
