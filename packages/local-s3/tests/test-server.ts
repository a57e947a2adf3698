import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { startLocalS3, type LocalS3, type LocalS3Options } from '../src/index.js';
import { NodeSha256 } from './node-sha256.js';

export const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };
export const bucket = 'test-bucket';
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // The SDK would print every refused request.
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RawRequest {
  readonly method: string;
  /** Path and query, as they are sent. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** The code in an S3 error. */
export function codeOf(reply: Reply): string | undefined {
  return /<Code>(\w+)<\/Code>/u.exec(reply.body)?.[1];
}

/** A server on a folder of its own, with one bucket, and the means to talk to it past the SDK. */
export class TestServer implements AsyncDisposable {
  readonly folder: string;
  /** Added to the system's time in the server. */
  clockSkewMs = 0;
  #server: LocalS3 | undefined;
  readonly #clients: S3Client[] = [];
  readonly #options: Partial<LocalS3Options>;

  private constructor(folder: string, options: Partial<LocalS3Options>) {
    this.folder = folder;
    this.#options = options;
  }

  static async start(options: Partial<LocalS3Options> = {}): Promise<TestServer> {
    const server = new TestServer(await mkdtemp(join(tmpdir(), 'local-s3-')), options);
    await server.restart();
    return server;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  /** The same folder, a new server. */
  async restart(): Promise<void> {
    await this.stop();
    const clock = (): number => Date.now() + this.clockSkewMs;
    const options = { folder: this.folder, credentials: [credentials], buckets: [bucket], clock };
    this.#server = await startLocalS3({ ...options, ...this.#options });
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  /** The SDK as it comes out of the box. */
  client(config: S3ClientConfig = {}): S3Client {
    const client = new S3Client({
      endpoint: this.url,
      region: 'us-east-1',
      credentials,
      forcePathStyle: true,
      logger: silent,
      ...config,
    });
    this.#clients.push(client);
    return client;
  }

  async createBucket(name: string): Promise<void> {
    await this.client().send(new CreateBucketCommand({ Bucket: name }));
  }

  /** Headers that make this request a signed one. */
  async sign(
    { method, target, headers = {}, body = '' }: RawRequest,
    key = credentials,
  ): Promise<Record<string, string>> {
    const url = new URL(target, this.url);
    const signer = new SignatureV4({
      credentials: key,
      region: 'us-east-1',
      service: 's3',
      sha256: NodeSha256,
      uriEscapePath: false,
    });
    const signed = await signer.sign(
      {
        method,
        protocol: 'http:',
        hostname: '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { host: url.host, ...headers },
        body,
      },
      { signingDate: new Date(Date.now() + this.clockSkewMs) },
    );
    return signed.headers;
  }

  async send({ method, target, headers = {}, body = '' }: RawRequest): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const url = new URL(this.url);
      const sent = request({ host: url.hostname, port: url.port, method, path: target, headers, agent: false });
      sent.once('error', reject);
      sent.once('response', (response) => {
        text(response).then((answered) => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answered });
        }, reject);
      });
      sent.end(body);
    });
  }

  async sendSigned(raw: RawRequest): Promise<Reply> {
    const length = { 'content-length': String(Buffer.byteLength(raw.body ?? '')) };
    const headers = await this.sign({ ...raw, headers: { ...length, ...raw.headers } });
    return this.send({ ...raw, headers });
  }

  /** Sizes of all data files in the bucket. */
  async dataSizes(): Promise<number[]> {
    const folder = join(this.folder, 'buckets', bucket, 'data');
    const fans = await readdir(folder).catch(() => []);
    const files = await Promise.all(
      fans.map(async (fan) => (await readdir(join(folder, fan))).map((name) => join(folder, fan, name))),
    );
    return Promise.all(files.flat().map(async (path) => (await stat(path)).size));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.stop();
    await rm(this.folder, { recursive: true });
  }
}
