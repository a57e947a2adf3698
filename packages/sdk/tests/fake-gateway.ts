import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it arrived, body included. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export type Answer = (response: ServerResponse, request: SeenRequest) => void;

export interface FakeGateway extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; the inference routes are under `/prod`. */
  readonly origin: string;
  readonly baseUrl: string;
  readonly key: string;
  readonly requests: SeenRequest[];
  /** Paths of the requests so far, with their methods. */
  readonly calls: () => string[];
  /** Answers to come for `METHOD /path`, used up in turn before the usual ones. */
  readonly plan: (route: string, ...answers: Answer[]) => void;
  /** Resolves when the next request for this route has arrived. */
  readonly arrival: (route: string) => Promise<SeenRequest>;
}

export const jobId = '3b1f0c52-8f4e-4a51-9d0e-6d7f6a1f0001';
export const resultBytes = Buffer.concat([Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'), Buffer.alloc(200_000, 7)]);

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** Never answers; the client has to give up. */
export const silence: Answer = () => undefined;

export const hangUp: Answer = (response) => {
  response.destroy();
};

/** A server that behaves as the ESD dossier says of a mesh whose jobs take three looks. */
export async function startFakeGateway(): Promise<FakeGateway> {
  const key = 'mesh_live_0123456789abcdefghij';
  const requests: SeenRequest[] = [];
  const plans = new Map<string, Answer[]>();
  const waiting = new Map<string, (request: SeenRequest) => void>();
  const usual = usualAnswers(key);

  const server = createServer((request, response) => {
    void readRequest(request).then((seen) => {
      requests.push(seen);
      const route = `${seen.method} ${seen.path}`;
      const answer = plans.get(route)?.shift() ?? usual;
      answer(response, seen);
      waiting.get(route)?.(seen);
      waiting.delete(route);
    }, ignoreAbortedUpload);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    origin,
    baseUrl: `${origin}/prod`,
    key,
    requests,
    calls: () => requests.map(({ method, path }) => `${method} ${path}`),
    plan: (route, ...answers) => void plans.set(route, [...(plans.get(route) ?? []), ...answers]),
    arrival: (route) => new Promise((resolve) => void waiting.set(route, resolve)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function job(origin: string, fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    InferenceJobId: jobId,
    status: 'succeed',
    taskType: 'extra-single-image',
    inference_type: 'Async',
    createTime: '2026-01-05 06:10:52.299624',
    startTime: '2026-01-05 06:10:52.299648',
    completeTime: '2026-01-05 06:10:58.270528',
    owner_group_or_role: ['ada'],
    image_names: ['image.png'],
    img_presigned_urls: [`${origin}/store/image.png?X-Amz-Signature=5ec4e7`],
    output_presigned_urls: [`${origin}/store/param.json?X-Amz-Signature=5ec4e7`],
    params: {},
    ...fields,
  };
}

export function jobAnswer(origin: string, fields: Readonly<Record<string, unknown>> = {}): Answer {
  return json(200, { statusCode: 200, message: 'OK', data: job(origin, fields) });
}

const running = { status: 'inprogress', completeTime: undefined, image_names: undefined, img_presigned_urls: [] };

function usualAnswers(key: string): Answer {
  let looks = 0;
  const auth = authAnswers(key);
  return (response, request) => {
    const { method, path, headers } = request;
    const origin = `http://${String(headers['host'])}`;
    if (path === '/store/image.png')
      return void response.writeHead(200, { 'content-length': resultBytes.length }).end(resultBytes);
    if (path === '/store/payload') return void response.writeHead(200).end();
    if (path === '/auth/login') {
      auth.login(response, request);
      return;
    }
    if (headers['x-api-key'] !== key) {
      const refusal = path.startsWith('/auth/')
        ? json(401, { error: { code: 'UNAUTHENTICATED', message: 'no such key', requestId: 'req-9' } })
        : json(403, { message: 'Forbidden' });
      refusal(response, request);
      return;
    }
    const route = `${method} ${path}`;
    if (route === 'GET /prod/ping') json(200, { statusCode: 200, message: 'pong' })(response, request);
    else if (route === 'POST /prod/inferences') created(origin)(response, request);
    else if (route === `PUT /prod/inferences/${jobId}/start`) accepted(response, request);
    else if (route === `GET /prod/inferences/${jobId}`) {
      looks += 1;
      jobAnswer(origin, looks < 3 ? { ...running, progress: { fraction: looks / 3, stage: 'enlarging' } } : {})(
        response,
        request,
      );
    } else if (path.startsWith('/prod/inferences/'))
      json(404, { statusCode: 404, message: 'inference with id X not found' })(response, request);
    else auth.rest(response, request);
  };
}

function created(origin: string): Answer {
  const inference = {
    id: jobId,
    type: 'extra-single-image',
    api_params_s3_upload_url: `${origin}/store/payload?X-Amz-Signature=5ec4e7`,
  };
  return json(201, { statusCode: 201, message: 'Created', data: { inference } });
}

const accepted = json(202, {
  statusCode: 202,
  message: 'Accepted',
  data: { inference: { inference_id: jobId, status: 'inprogress' } },
});

function authAnswers(key: string) {
  const newKey = {
    id: 'key-7',
    name: 'laptop',
    key,
    prefix: 'mesh_live_01',
    scopes: ['inference:all'],
    createdAt: '2026-01-05T06:10:52.000Z',
    expiresAt: '2026-02-05T06:10:52.000Z',
  };
  const { key: _secret, ...listed } = newKey;
  const user = {
    name: 'ada',
    roles: ['painters'],
    creator: 'admin',
    createdAt: '2026-01-05T06:10:52.000Z',
    disabledAt: null,
  };
  const answers: Readonly<Record<string, Answer>> = {
    'POST /auth/keys': json(201, newKey),
    'GET /auth/keys': json(200, { keys: [{ ...listed, user: 'ada', lastUsedAt: null, revokedAt: null }] }),
    'DELETE /auth/keys/key-7': noContent,
    'GET /auth/users': json(200, { users: [user] }),
    'PUT /auth/users/ada': json(201, { name: 'ada', roles: ['painters'] }),
    'DELETE /auth/users/ada': noContent,
    'GET /auth/whoami': json(200, {
      user: 'ada',
      tenant: 'main',
      keyId: 'key-7',
      permissions: ['inference:all'],
      scopes: ['inference:all'],
    }),
  };
  const login: Answer = (response, request) => {
    const { name, password } = JSON.parse(request.body) as { name: string; password: string };
    const good = name === 'ada' && password === 'correct horse';
    const bad = json(401, {
      error: { code: 'UNAUTHENTICATED', message: 'name or password is wrong', requestId: 'req-1' },
    });
    (good ? json(201, newKey) : bad)(response, request);
  };
  const rest: Answer = (response, request) => {
    const answer = answers[`${request.method} ${request.path}`];
    (answer ?? json(403, { message: 'Missing Authentication Token' }))(response, request);
  };
  return { login, rest };
}

const noContent: Answer = (response) => {
  response.writeHead(204).end();
};

function ignoreAbortedUpload(): void {
  // The client has left; there is nobody to answer.
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const path = new URL(request.url ?? '/', 'http://gateway').pathname;
  return { method: request.method ?? '', path, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
}
