import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server with these files, by path; everything else is 404. */
export async function startFileServer(
  files: Readonly<Record<string, Buffer>>,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const bytes = files[new URL(request.url ?? '/', 'http://x').pathname];
    if (bytes === undefined) response.writeHead(404).end();
    else
      response
        .writeHead(200, { 'content-length': bytes.byteLength })
        .end(request.method === 'HEAD' ? undefined : bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
